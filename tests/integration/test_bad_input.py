"""Malformed input of many kinds: each gives one error that says where, what was found and what was wanted."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from graph_schema.errors import InputError, UnknownName
from kgplatform.graphs.importing import check_graph_name, read_files

OK = b"a\tr\tb\nb\tr\tc\n"
TREE = b"0 HEAD\n1 CHAR UTF-8\n0 @I1@ INDI\n1 NAME Ann /Ash/\n1 SEX F\n%s0 TRLR\n"
PERSON2 = b"0 @I2@ INDI\n1 NAME Ben /Ash/\n1 SEX M\n"
NODES = b"id\tname\tkind\nCompound::DB1\tOne\tCompound\nGene::7\tG\tGene\n"
EDGES = b"source\tmetaedge\ttarget\tprovenance\n"
DRUGS = b"id\tdrugbank_id\tname\n0\tDB1\tOne\n1\tDB2\tTwo\n"
TEMPLATES = b"id\ttemplate\n0\t#Drug1 may harm #Drug2.\n"
SYNSETS = b"name\toffset\tpos\tlemmas\tgloss\nx.n.01\t00000001\tn\tx\tan x\ny.n.01\t00000002\tn\ty\ta y\n"
WORDNET = b"  1 licence\n00000001 03 n 01 x 0 001 @ 00000002 n 0000 | an x\n00000002 03 n 01 y 0 000 | a y\n"


@dataclass(frozen=True)
class Case:
    """Files to write, and what the error must say. `line` None: the fault has no line."""

    name: str
    files: Mapping[str, bytes]
    file: str
    line: int | None
    found: str
    wanted: str
    domain: str | None = None
    columns: Sequence[str] | None = None
    paths: Sequence[str] = field(default=())


CASES = [
    # Files and folders
    Case("missing file", {}, "nothing.tsv", None, "no such file", "a file", paths=["nothing.tsv"]),
    Case("missing folder", {}, "no/such", None, "no such file", "a file or a folder", paths=["no/such"]),
    Case("empty file", {"a.tsv": b""}, "a.tsv", None, "an empty file", "at least one row"),
    Case("blank file", {"a.tsv": b"\n \n\t\n"}, "a.tsv", None, "nothing but blanks", "at least one row"),
    Case("empty folder", {"in/.keep": b""}, "in", None, "an empty folder", "files ending in", paths=["in"]),
    Case("nothing to read", {"in/x.png": b"x"}, "in", None, "x.png", "files ending in", paths=["in"]),
    Case("folder of folders", {"in/d/a.tsv": OK}, "in", None, "d/", "files ending in", paths=["in"]),
    Case("comments only", {"a.tsv": b"# one\n# two\n"}, "a.tsv", 2, "nothing but comments", "one row"),
    Case("header only", {"a.tsv": b"head\trelation\ttail\n"}, "a.tsv", 1, "a header and no row", "one row"),
    # Compression and encodings
    Case(
        "cut gzip", {"a.tsv.gz": gzip.compress(OK * 50)[:-12]}, "a.tsv.gz", None, "too early", "complete gzip"
    ),
    Case("no gzip", {"a.tsv.gz": OK}, "a.tsv.gz", None, "no gzip file", "a gzip file"),
    Case(
        "damaged gzip",
        {"a.tsv.gz": gzip.compress(OK)[:12] + b"\xff\xff\xff" + gzip.compress(OK)[15:]},
        "a.tsv.gz",
        None,
        "damaged gzip",
        "complete gzip",
    ),
    Case("empty gzip", {"a.tsv.gz": gzip.compress(b"")}, "a.tsv.gz", None, "an empty file", "one row"),
    Case("zip", {"a.tsv": b"PK\x03\x04xxxx"}, "a.tsv", None, "a zip archive", "a text file"),
    Case("latin-1", {"a.tsv": OK + b"caf\xe9\tr\tb\n"}, "a.tsv", 3, "byte 0xe9 at byte 4", "UTF-8"),
    Case(
        "latin-1 after mark", {"a.tsv": b"\xef\xbb\xbf" + OK + b"\xe9\tr\tb\n"}, "a.tsv", 3, "0xe9", "UTF-8"
    ),
    Case("utf-16", {"a.tsv": "a\tr\tb\n".encode("utf-16")}, "a.tsv", 1, "UTF-16", "UTF-8"),
    Case("NUL", {"a.tsv": OK + b"a\0b\tr\tc\n"}, "a.tsv", 3, "a NUL character", "text"),
    # Rows and columns
    Case("too few columns", {"a.tsv": OK + b"a\tr\n"}, "a.tsv", 3, "2 columns", "3 columns"),
    Case("too many columns", {"a.tsv": OK + b"a\tr\tb\tc\n"}, "a.tsv", 3, "4 columns", "3 columns"),
    Case("blanks for tabs", {"a.tsv": OK + b"a r b\n"}, "a.tsv", 3, "1 column ", "parted by tabs"),
    Case("two columns", {"a.tsv": b"a\tb\nc\td\n"}, "a.tsv", 1, "2 columns", "3 columns"),
    Case("blank head", {"a.tsv": OK + b"\tr\tb\n"}, "a.tsv", 3, "a blank field in column 1", "a name"),
    Case("blank relation", {"a.tsv": OK + b"a\t \tb\n"}, "a.tsv", 3, "blank field in column 2", "a name"),
    Case("blank tail", {"a.tsv": OK + b"a\tr\t\n"}, "a.tsv", 3, "blank field in column 3", "a name"),
    Case("control character", {"a.tsv": OK + b"a\x07b\tr\tb\n"}, "a.tsv", 3, "U+0007", "printable"),
    Case("escape sequence", {"a.tsv": OK + b"\x1b[31ma\tr\tb\n"}, "a.tsv", 3, "U+001B", "printable"),
    Case("turned text", {"a.tsv": OK + "a\u202eb\tr\tc\n".encode()}, "a.tsv", 3, "U+202E", "printable"),
    Case(
        "lone carriage return",
        {"a.tsv": b"a\tr\tb\rc\tr\td\n"},
        "a.tsv",
        1,
        "5 columns",
        "head, relation and tail",
    ),
    Case("long name", {"a.tsv": OK + b"x" * 10_001 + b"\tr\tb\n"}, "a.tsv", 3, "10,001 char", "10,000 char"),
    Case("half a header", {"a.tsv": b"head\tverb\ttail\na\tr\tb\n"}, "a.tsv", 1, "the header", "relation"),
    Case(
        "header named twice",
        {"a.tsv": b"head\trelation\ttail\tx\tx\na\tr\tb\t1\t2\n"},
        "a.tsv",
        1,
        "twice",
        "once",
    ),
    Case("open quote", {"a.csv": b'a,r,b\n"c,r,d\ne,r,f\n'}, "a.csv", 2, "never closed", "doubled"),
    Case("stray quote", {"a.csv": b'a,r,b\n"c"x,r,d\n'}, "a.csv", 2, "a broken record", "doubled"),
    Case("line end in a name", {"a.csv": b'a,r,b\n"c\nd",r,e\n'}, "a.csv", 2, "U+000A", "printable"),
    Case("csv, too few", {"a.csv": b"a,r,b\nc,d\n"}, "a.csv", 2, "2 columns", "parted by commas"),
    Case("odd columns", {"a.tsv": OK}, "", None, "'head,tail'", "each once", columns=["head", "tail"]),
    Case(
        "relation last",
        {"a.tsv": "".join(f"e{i}\te{(i + 1) % 9}\t关系{i % 2}\n" for i in range(9)).encode()},
        "a.tsv",
        None,
        "relations in column 3",
        "head, relation, tail",
    ),
    # JSON lines and RDF
    Case("no json", {"a.jsonl": b'["a","r","b"]\n{"a\n'}, "a.jsonl", 2, "no JSON", "an array of three"),
    Case("json of two", {"a.jsonl": b'["a","r"]\n'}, "a.jsonl", 1, '\'["a","r"]\'', "an array of three"),
    Case("json without tail", {"a.jsonl": b'{"head":"a","relation":"r"}\n'}, "a.jsonl", 1, "head", "tail"),
    Case("json blank", {"a.jsonl": b'["a","","b"]\n'}, "a.jsonl", 1, "a blank field", "a name"),
    Case(
        "broken triples",
        {"a.nt": b"<http://a> <http://r> <http://b> .\n<http://a> oops\n"},
        "a.nt",
        2,
        "broken RDF",
        "N-Triples",
    ),
    Case(
        "broken turtle",
        {"a.ttl": b"@prefix x: <http://x/> .\nx:a y:r x:b .\n"},
        "a.ttl",
        2,
        "broken RDF",
        "Turtle",
    ),
    Case(
        "literals only",
        {"a.nt": b'<http://a> <http://r> "x" .\n'},
        "a.nt",
        None,
        "no statement",
        "at least one",
    ),
    # Names a database cannot or must not hold
    Case(
        "reserved relation", {"a.tsv": OK + b"a\tPREDICTED\tb\n"}, "a.tsv", 3, "'PREDICTED'", "not reserved"
    ),
    Case(
        "reserved, other case",
        {"a.tsv": OK + b"a\tpredicted\tb\n"},
        "a.tsv",
        3,
        "'predicted'",
        "not reserved",
    ),
    Case("long relation", {"a.tsv": OK + b"a\t" + b"r" * 201 + b"\tb\n"}, "a.tsv", 3, "201 char", "200 char"),
    Case(
        "reserved column",
        {"a.tsv": b"head\trelation\ttail\tsplit\na\tr\tb\t1\n"},
        "a.tsv",
        2,
        "the split '1'",
        "facts, train, valid or test",
    ),
    # Facts that contradict each other or the schema
    Case(
        "two splits",
        {"d/train.tsv": OK, "d/test.tsv": b"x\tr\ty\na\tr\tb\n"},
        "test.tsv",
        2,
        "'train' too",
        "one split",
        paths=["d"],
    ),
    Case(
        "unknown relation",
        {"a.tsv": b"a\taunt\tb\nb\tneighbour\tc\n"},
        "a.tsv",
        2,
        "'neighbour'",
        "domain 'family'",
        domain="family",
    ),
    Case(
        "two names",
        {"d/f.tsv": OK, "d/names.tsv": b"id\tname\na\tOne\na\tTwo\n"},
        "names.tsv",
        3,
        "'a' named 'Two'",
        "one name",
        paths=["d"],
    ),
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_error_says_where_what_and_what_instead(case: Case, tmp_path: Path) -> None:
    for name, content in case.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    paths = [tmp_path / p for p in (case.paths or case.files)]
    with pytest.raises(InputError) as caught:
        read_files(paths, domain=case.domain, columns=case.columns)
    error = caught.value
    assert case.found in error.found
    assert case.wanted in error.wanted
    assert error.line == case.line
    assert (error.file or "").endswith(case.file)
    place = str(error.file) + (f":{case.line}" if case.line is not None else "")
    assert str(error).startswith(f"{place}: found " if error.file else "found ")
    assert error.exit_status == 3


def test_there_are_sixty_kinds_and_more() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "`", "Entity", "x" * 101, "-x", "a\nb"])
def test_graph_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InputError, match="graph name"):
        check_graph_name(name)


def test_unknown_domain_lists_the_known(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(OK)
    with pytest.raises(UnknownName, match="did you mean 'family'"):
        read_files([tmp_path / "a.tsv"], domain="familly")
