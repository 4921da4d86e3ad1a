"""Every form of file that is read: a sound example, what is kept of it, and how it can be damaged.

In each example somebody or something is called Zoë, so that it can be written in another Unicode form or with
a character that is no text. `tests/contracts/test_readers.py` holds all of them to the same promises,
`acceptance/imports.py` damages them, and the table in docs/data.md is made of this list:
`python -m measuring.forms`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from graph_schema.domains import load_domain

YES, NO = "yes", "–"


@dataclass(frozen=True, eq=False)
class Form:
    """A form of file.

    Attributes:
        name: What people call it.
        files: Sound files by name; the rows of `turns` may stand in any order.
        turns: File whose rows are turned round, and how many lines at its top and end stay where they are.
        spoils: File whose Zoë is written with a control character.
        broken: (file, text put in, before which text, line of the fault): one row that cannot be read.
        starts: What a line begins with that begins a row; "": each does.
        replaces: The row that cannot be read stands in place of a sound one.
        local: Ids that mean something in the file alone.
        names, properties, sources, splits, lines: What is kept, in words.
    """

    name: str
    files: Mapping[str, str]
    turns: tuple[str, int, int]
    spoils: str
    broken: tuple[str, str, str]
    names: str = "the id"
    properties: str = NO
    sources: str = NO
    splits: str = "by file"
    local: str = NO
    lines: str = YES
    starts: str = ""
    replaces: bool = False


_TREE = (
    "0 HEAD\n1 GEDC\n2 VERS 7.0\n",
    "0 @I1@ INDI\n1 NAME Zoë /Vale/\n1 SEX F\n1 BIRT\n2 DATE 1900\n",
    "0 @I2@ INDI\n1 NAME Max /Vale/\n1 SEX M\n",
    "0 @I3@ INDI\n1 NAME Lou /Vale/\n1 SEX M\n",
    "0 @F1@ FAM\n1 HUSB @I2@\n1 WIFE @I1@\n1 CHIL @I3@\n",
    "0 TRLR\n",
)

FORMS = (
    Form(
        "TSV and CSV without a header",
        {"facts.tsv": "Zoë\tknows\tMax\nMax\tknows\tLou\nLou\tlikes\tZoë\n"},
        ("facts.tsv", 0, 0),
        "facts.tsv",
        ("facts.tsv", "Max\tknows\n", "Lou\tlikes"),
        properties="a weight, a date, or what --columns names",
    ),
    Form(
        "TSV and CSV with a header",
        {
            "facts.csv": "head,relation,tail,since,source,split\n"
            'Zoë,knows,Max,1999,"x|y",train\nMax,knows,Lou,,,test\n'
        },
        ("facts.csv", 1, 0),
        "facts.csv",
        ("facts.csv", "Max,knows\n", "Max,knows,Lou"),
        names="columns beside the ends (`x_name`)",
        properties="all further columns",
        sources="column `source`, `sources` or `provided_by`, parted by |",
        splits="by file, or column `split`",
    ),
    Form(
        "Neo4j bulk import",
        {
            "nodes.csv": "id:ID,name,mass:float,:LABEL\n1,Zoë,1.5,Star\n2,Max,,Star\n",
            "edges.csv": ":START_ID,years:int,:END_ID,:TYPE\n1,7,2,knows\n2,8,1,likes\n",
        },
        ("edges.csv", 1, 0),
        "nodes.csv",
        ("edges.csv", "2,many,1,near\n", "2,8,1"),
        names="column `name` or `label`, and `aliases`",
        properties="all further columns, typed",
    ),
    Form(
        "JSON lines",
        {
            "facts.jsonl": "".join(
                json.dumps({"head": h, "relation": "knows", "tail": t, "year": y, "source": "x"}) + "\n"
                for h, t, y in (("Zoë", "Max", 1999), ("Max", "Lou", 2001))
            ).replace("Zo\\u00eb", "Zoë")
        },
        ("facts.jsonl", 0, 0),
        "facts.jsonl",
        ("facts.jsonl", '{"head": "Max"}\n', '{"head": "Max", '),
        properties="all further keys, typed; what is nested stays JSON",
        sources="key `source` or `sources`",
    ),
    Form(
        "N-Triples and N-Quads",
        {
            "facts.nt": "<http://x.org/1> <http://x.org/knows> <http://x.org/2> .\n"
            "<http://x.org/2> <http://x.org/knows> <http://x.org/1> .\n"
            '<http://x.org/1> <http://www.w3.org/2000/01/rdf-schema#label> "Zoë" .\n'
        },
        ("facts.nt", 0, 0),
        "facts.nt",
        ("facts.nt", "<http://x.org/a b> <http://x.org/r> <http://x.org/c> .\n", "<http://x.org/2> <"),
        names="prefLabel, label, others as aliases",
        properties="literals",
        sources="named graphs",
        local="blank nodes",
    ),
    Form(
        "Turtle and TriG",
        {
            "facts.ttl": "@prefix x: <http://x.org/> .\n"
            "@prefix l: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            'x:1 x:knows [ x:near x:2 ] .\nx:2 x:knows x:1 .\nx:1 l:label "Zoë" .\n'
        },
        ("facts.ttl", 2, 0),
        "facts.ttl",
        ("facts.ttl", "x:2 x:knows <http://x.org/a b> .\n", "x:2 x:knows"),
        names="prefLabel, label, others as aliases",
        properties="literals",
        sources="named graphs",
        local="blank nodes; anonymous ones by what is said of them",
        lines="of broken statements",
    ),
    Form(
        "GEDCOM",
        {"tree.ged": "".join(_TREE)},
        ("tree.ged", 3, 1),
        "tree.ged",
        ("tree.ged", "1 CHIL @I9@\n", "0 TRLR"),
        names="NAME, others as aliases",
        properties="sex, dates",
        sources="SOUR of HEAD",
        splits=NO,
        local="pointers",
        lines="of faults",
        starts="0 ",
    ),
    Form(
        "Lists and dictionaries (OpenKE, RotatE, RED-GNN)",
        {
            "entity2id.txt": "3\nZoë\t0\nMax\t1\nLou\t2\n",
            "relation2id.txt": "2\nknows\t0\nlikes\t1\n",
            "train2id.txt": "0 1 0\n1 2 0\n2 0 1\n",
        },
        ("train2id.txt", 0, 0),
        "entity2id.txt",
        ("train2id.txt", "0 9 0\n", "2 0 1"),
    ),
    Form(
        "ConceptNet's assertions",
        {
            "assertions.tsv": "".join(
                f"/a/[/r/{r}/,/c/en/{h}/,/c/en/{t}/]\t/r/{r}\t/c/en/{h}\t/c/en/{t}\t"
                '{"dataset": "/d/x", "weight": 2.0}\n'
                for h, r, t in (("Zoë", "IsA", "person"), ("person", "IsA", "animal"))
            )
        },
        ("assertions.tsv", 0, 0),
        "assertions.tsv",
        ("assertions.tsv", "/a/x\t/r/IsA\t/c/en/x\n", "/a/[/r/IsA/,/c/en/person"),
        names="the words of the URI",
        properties="weight",
        sources="dataset",
    ),
    Form(
        "WordNet's database files",
        {
            "data.noun": "  1 licence\n00000001 03 n 01 Zoë 0 001 @ 00000002 n 0000 | somebody\n"
            "00000002 03 n 01 person 0 002 ~ 00000001 n 0000 @ 00000003 n 0000 | a being\n"
            "00000003 03 n 01 animal 0 000 | a living being\n"
        },
        ("data.noun", 1, 0),
        "data.noun",
        ("data.noun", "00000004 03 n\n", "00000002 03"),
        names="words, others as aliases",
        properties="part of speech, gloss",
        sources="WordNet",
        splits=NO,
    ),
    Form(
        "Hetionet's tables",
        {
            "nodes.tsv": "id\tname\tkind\nCompound::DB1\tZoë\tCompound\nCompound::DB2\tTwo\tCompound\n"
            "Gene::7\tG\tGene\nGene::8\tH\tGene\n",
            "edges.tsv": "source\tmetaedge\ttarget\tprovenance\nCompound::DB1\tCbG\tGene::7\tx\n"
            "Compound::DB2\tCbG\tGene::8\ty\n",
        },
        ("edges.tsv", 1, 0),
        "nodes.tsv",
        ("edges.tsv", "Compound::DB1\tXxX\tGene::8\tz\n", "Compound::DB2\tCbG"),
        names="column `name`",
        properties="metaedge, provenance",
        sources="Hetionet",
        splits=NO,
    ),
    Form(
        "Drug–drug interaction tables",
        {
            "drugs.tsv": "id\tdrugbank_id\tname\tsmiles\n0\tDB1\tZoë\tC\n1\tDB2\tTwo\tO\n2\tDB3\tThree\t\n",
            "relations.tsv": "id\ttemplate\n0\t#Drug1 may harm #Drug2.\n",
            "train.tsv": "0\t1\t0\n1\t2\t0\n",
            "test.tsv": "0\t2\t0\n",
        },
        ("train.tsv", 0, 0),
        "drugs.tsv",
        ("train.tsv", "0\t9\t0\n", "1\t2"),
        names="column `name`",
        properties="smiles, the template as a sentence",
        sources="DrugBank interactions",
    ),
    Form(
        "Tables of drugs, genes and roles (the sample's own)",
        {
            "nodes.tsv": "id\ttype\tname\taliases\tdescription\n"
            "DB1\tDrug\tZoë\tZo|Z\tA drug.\n7\tGene\tG\t\t\n"
            "DB2\tDrug\tTwo\t\t\n",
            "facts.tsv": "head\trelation\ttail\tsource\tchecked\tmechanism\nDB1\tBINDS\t7\tx\ttrue\t\n"
            "DB1\tINTERACTS_WITH\tDB2\tx\tfalse\twhy\nDB2\tBINDS\t7\tx\ttrue\t\n",
        },
        ("facts.tsv", 1, 0),
        "nodes.tsv",
        ("facts.tsv", "DB1\tBINDS\t9\tx\ttrue\t\n", "DB1\tINTERACTS"),
        names="column `name`, `aliases`",
        properties="description, checked, mechanism",
        sources="column `source`",
        splits=NO,
    ),
    Form(
        "Tables of synsets",
        {
            "synsets.tsv": "id\tlemmas\tpart_of_speech\tgloss\n"
            "s1\tZoë, Zo\tn\tsomebody\ns2\tperson\tn\ta being\n"
            "s3\tanimal\tn\ta living being\n",
            "facts.tsv": "s1\tHYPERNYM\ts2\ns2\tHYPONYM\ts1\ns2\tHYPERNYM\ts3\n",
        },
        ("facts.tsv", 0, 0),
        "synsets.tsv",
        ("facts.tsv", "s1\tHYPERNYM\ts9\n", "s2\tHYPONYM"),
        names="lemmas, others as aliases",
        properties="part of speech, gloss, further columns of facts",
    ),
    Form(
        "Exported graphs",
        {
            "graph.json": json.dumps(
                {
                    "format": "kg-platform graph 1",
                    "graph": "small",
                    "counts": {"nodes": 3, "facts": 2, "relations": 1},
                    "node_properties": {"size": "integer"},
                    "fact_properties": {},
                    "schema": load_domain("triples").model_dump(mode="json"),
                }
            ),
            "relations.jsonl": '{"name": "knows", "type": "knows", "description": ""}\n',
            "nodes.jsonl": "".join(
                f'{{"id": "{i}", "type": "Concept", "name": "{name}", "aliases": [], "size": {i}}}\n'
                for i, name in enumerate(("Zoë", "Max", "Lou"))
            ),
            "facts.jsonl": "".join(
                f'{{"head": "{h}", "relation": "knows", "tail": "{t}", "type": "knows", "sources": ["x"], '
                '"imported_from": ["a"]}\n'
                for h, t in ((0, 1), (1, 2))
            ),
        },
        ("facts.jsonl", 0, 0),
        "nodes.jsonl",
        ("facts.jsonl", '{"head": "a"}\n', '{"head": "1"'),
        replaces=True,
        names="`name`, `aliases`",
        properties="all, typed",
        sources="`sources`, `imported_from`",
        splits="`split`",
    ),
)

_COLUMNS = ("names", "properties", "sources", "splits", "local", "lines")
_HEADS = ("names of entities", "properties", "sources", "splits", "ids local to a file", "lines in messages")


def table() -> str:
    """What each form keeps, as a table in Markdown."""
    rows = [["form", *_HEADS], ["---"] * (len(_HEADS) + 1)]
    rows += [[form.name, *(getattr(form, column) for column in _COLUMNS)] for form in FORMS]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)


if __name__ == "__main__":
    print(table())
