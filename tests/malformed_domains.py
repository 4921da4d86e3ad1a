"""Malformed files of genealogies, drugs and concepts, and what the error about each must say."""

from __future__ import annotations

from tests.malformed import OK, Case

TREE = b"0 HEAD\n1 CHAR UTF-8\n0 @I1@ INDI\n1 NAME Ann /Ash/\n1 SEX F\n%s0 TRLR\n"
PERSON2 = b"0 @I2@ INDI\n1 NAME Ben /Ash/\n1 SEX M\n"
NODES = b"id\tname\tkind\nCompound::DB1\tOne\tCompound\nGene::7\tG\tGene\n"
EDGES = b"source\tmetaedge\ttarget\tprovenance\n"
DRUGS = b"id\tdrugbank_id\tname\n0\tDB1\tOne\n1\tDB2\tTwo\n"
TEMPLATES = b"id\ttemplate\n0\t#Drug1 may harm #Drug2.\n"
SYNSETS = b"name\toffset\tpos\tlemmas\tgloss\nx.n.01\t00000001\tn\tx\tan x\ny.n.01\t00000002\tn\ty\ta y\n"
WORDNET = b"  1 licence\n00000001 03 n 01 x 0 001 @ 00000002 n 0000 | an x\n00000002 03 n 01 y 0 000 | a y\n"

CASES_OF_DOMAINS = [
    Case(
        "two domains",
        {"d/a.tsv": b"a\taunt\tb\n", "d/b.ged": TREE % PERSON2, "d/data.noun": WORDNET},
        "a.tsv",
        None,
        "concept, family",
        "one domain",
        paths=["d"],
    ),
    # Genealogies
    Case("no gedcom", {"a.ged": b"hello\n"}, "a.ged", 1, "'hello'", "'0 HEAD'"),
    Case(
        "cut gedcom",
        {"a.ged": (TREE % b"").replace(b"0 TRLR\n", b"")},
        "a.ged",
        5,
        "without '0 TRLR'",
        "complete",
    ),
    Case("gedcom level", {"a.ged": TREE % b"4 DATE 1900\n"}, "a.ged", 6, "illegal level", "lines such as"),
    Case("gedcom syntax", {"a.ged": TREE % b"oops\n"}, "a.ged", 6, "'oops'", "lines such as"),
    Case(
        "gedcom encoding",
        {"a.ged": (TREE % b"").replace(b"Ann", b"\xc4nn")},
        "a.ged",
        4,
        "byte 0xc4",
        "as CHAR says",
    ),
    Case("nobody", {"a.ged": b"0 HEAD\n1 CHAR UTF-8\n0 TRLR\n"}, "a.ged", None, "no person", "people"),
    Case(
        "unknown child",
        {"a.ged": TREE % b"0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I9@\n"},
        "a.ged",
        8,
        "CHIL @I9@",
        "the id of a person",
    ),
    Case(
        "same person twice",
        {"a.ged": TREE % b"0 @I1@ INDI\n1 NAME Eva /Ash/\n"},
        "a.ged",
        6,
        "second person @I1@",
        "once",
    ),
    Case(
        "own parent",
        {"a.ged": TREE % b"0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I1@\n"},
        "a.ged",
        8,
        "@I1@ as child of @I1@",
        "own ancestor",
    ),
    Case(
        "own grandparent",
        {
            "a.ged": TREE
            % (PERSON2 + b"0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I2@\n0 @F2@ FAM\n1 HUSB @I2@\n1 CHIL @I1@\n")
        },
        "a.ged",
        14,
        "@I1@ as child of @I2@",
        "own ancestor",
    ),
    Case(
        "born before the mother",
        {
            "a.ged": TREE
            % (
                b"1 BIRT\n2 DATE 1900\n"
                + PERSON2
                + b"1 BIRT\n2 DATE 3 MAY 1890\n0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I2@\n"
            )
        },
        "a.ged",
        15,
        "@I2@ born 1890",
        "born after its parents",
    ),
    Case(
        "died unborn",
        {"a.ged": TREE % b"1 BIRT\n2 DATE 1900\n1 DEAT\n2 DATE 1899\n"},
        "a.ged",
        3,
        "died 1899",
        "after the birth",
    ),
    Case(
        "married to self",
        {"a.ged": TREE % b"0 @F1@ FAM\n1 HUSB @I1@\n1 WIFE @I1@\n"},
        "a.ged",
        6,
        "themselves",
        "two people",
    ),
    Case("nobody related", {"a.ged": TREE % PERSON2}, "", None, "no fact", "at least one sound fact"),
    # Drugs
    Case(
        "drug without node",
        {"d/n.tsv": NODES, "d/e.tsv": EDGES + b"Compound::DB9\tCbG\tGene::7\tx\n"},
        "e.tsv",
        2,
        "the head 'DB9'",
        "node tables",
        paths=["d"],
    ),
    Case(
        "edge of wrong ends",
        {"d/n.tsv": NODES, "d/e.tsv": EDGES + b"Gene::7\tCbG\tGene::7\tx\n"},
        "e.tsv",
        2,
        "a head of type Gene for BINDS",
        "Drug",
        paths=["d"],
    ),
    Case(
        "unknown metaedge",
        {"d/n.tsv": NODES, "d/e.tsv": EDGES + b"Compound::DB1\tCxG\tGene::7\tx\n"},
        "e.tsv",
        2,
        "'CxG'",
        "CbG",
        paths=["d"],
    ),
    Case("unknown kind", {"n.tsv": NODES + b"Alien::1\tX\tAlien\n"}, "n.tsv", 4, "'Alien'", "Compound"),
    Case(
        "id of another kind",
        {"n.tsv": NODES + b"Gene::1\tX\tDisease\n"},
        "n.tsv",
        4,
        "'Gene::1'",
        "Disease::",
    ),
    Case(
        "unknown drug number",
        {"d/drugs.tsv": DRUGS, "d/relations.tsv": TEMPLATES, "d/train.tsv": b"0\t1\t0\n0\t7\t0\n"},
        "train.tsv",
        2,
        "'7'",
        "table of drugs",
        paths=["d"],
    ),
    Case(
        "unknown interaction",
        {"d/drugs.tsv": DRUGS, "d/relations.tsv": TEMPLATES, "d/train.tsv": b"0\t1\t5\n"},
        "train.tsv",
        1,
        "'5'",
        "table of relations",
        paths=["d"],
    ),
    Case(
        "template without drugs",
        {"d/drugs.tsv": DRUGS, "d/relations.tsv": b"id\ttemplate\n0\tharm\n", "d/train.tsv": b"0\t1\t0\n"},
        "relations.tsv",
        2,
        "'harm'",
        "#Drug1",
        paths=["d"],
    ),
    Case(
        "drug number twice",
        {
            "d/drugs.tsv": DRUGS + b"1\tDB3\tThree\n",
            "d/relations.tsv": TEMPLATES,
            "d/train.tsv": b"0\t1\t0\n",
        },
        "drugs.tsv",
        4,
        "'1' again",
        "once",
        paths=["d"],
    ),
    Case(
        "cold start without tables",
        {"d/train.tsv": b"0\t1\t0\n", "d/valid_S1.tsv": b"0\t2\t0\n"},
        "train.tsv",
        None,
        "no table drugs and no table relations",
        "drugs (header: id, drugbank_id, name) and relations (header: id, template)",
        paths=["d"],
    ),
    Case(
        "tables that contradict",
        {
            "d/train.tsv": b"0\t1\t0\n",
            "d/valid_S0.tsv": b"1\t0\t0\n",
            "e/drugs.tsv": DRUGS,
            "e/relations.tsv": TEMPLATES,
            "f/drugs.tsv": DRUGS.replace(b"DB2", b"DB3"),
        },
        "f/drugs.tsv",
        3,
        "the number '1' for 'DB3', and for 'DB2' in ",
        "one meaning",
        paths=["d", "e", "f"],
    ),
    Case(
        "template number twice",
        {
            "d/drugs.tsv": DRUGS,
            "d/relations.tsv": TEMPLATES + b"0\t#Drug1 may help #Drug2.\n",
            "d/train.tsv": b"0\t1\t0\n",
        },
        "relations.tsv",
        3,
        "'0' again",
        "once",
        paths=["d"],
    ),
    Case(
        "a list of drugs alone",
        {"train_set.tsv": b"0\n1\n"},
        "train_set.tsv",
        None,
        "a list of drugs and no facts",
        "interactions by number beside it",
    ),
    Case(
        "no drug table",
        {"a.tsv": OK},
        "a.tsv",
        1,
        "the columns a, r, b",
        "nodes (id, name, kind)",
        domain="drug",
    ),
    # Concepts
    Case(
        "unknown synset",
        {"d/synsets.tsv": SYNSETS, "d/t.tsv": b"x.n.01\thypernym\ty.n.01\nx.n.01\thypernym\tz.n.01\n"},
        "t.tsv",
        2,
        "'z.n.01'",
        "node tables",
        paths=["d"],
    ),
    Case(
        "part of speech",
        {"d/synsets.tsv": SYNSETS + b"z.q.01\t00000003\tq\tz\ta z\n", "d/t.tsv": OK},
        "synsets.tsv",
        4,
        "'q'",
        "n, v, a, s or r",
        paths=["d"],
    ),
    Case("synsets alone", {"synsets.tsv": SYNSETS}, "synsets.tsv", None, "no facts", "a file of facts"),
    Case(
        "broken data.noun", {"data.noun": WORDNET + b"00000003 03 n 01\n"}, "data.noun", 4, "00000003", "wndb"
    ),
    Case(
        "unknown pointer", {"data.noun": WORDNET.replace(b" @ ", b" ? ")}, "data.noun", 2, "00000001", "wndb"
    ),
]
