"""Small graphs for the contract tests of the stores."""

from __future__ import annotations

import pyarrow as pa

from graph_schema.schema import GraphSchema, NodeType, RelationType
from graph_schema.tables import GraphData

SCHEMA = GraphSchema(
    domain="test",
    title="Test",
    description="Two drugs and a gene.",
    licence="CC0-1.0",
    node_types=(NodeType(name="Drug"), NodeType(name="Gene")),
    relation_types=(
        RelationType(name="TREATS", head=("Drug",), tail=("Gene",), many=True),
        RelationType(name="BINDS", head=("Drug",), tail=("Gene",)),
    ),
    target="BINDS",
)
STRINGS = pa.list_(pa.string())


def nodes(*rows: tuple[str, str, str], **properties: pa.Array) -> pa.Table:
    """A table of (id, type, name) rows, without aliases."""
    ids, types, names = zip(*rows, strict=True)
    columns = {"id": ids, "type": types, "name": names, "aliases": pa.array([[]] * len(rows), STRINGS)}
    return pa.table(
        {k: pa.array(v) if isinstance(v, tuple) else v for k, v in (columns | properties).items()}
    )


def facts(*rows: tuple[str, str, str, str], **properties: pa.Array) -> pa.Table:
    """A table of (head, relation, tail, type) rows with the source "here" and no split."""
    heads, relations, tails, types = zip(*rows, strict=True) if rows else ((), (), (), ())
    text = pa.string()
    columns = {
        "head": pa.array(heads, text),
        "relation": pa.array(relations, text),
        "tail": pa.array(tails, text),
        "type": pa.array(types, text),
        "sources": pa.array([["here"]] * len(rows), STRINGS),
        "split": pa.array([None] * len(rows), text),
    }
    return pa.table(columns | properties)


def relations(*rows: tuple[str, str]) -> pa.Table:
    """A table of (name, type) rows."""
    names, types = zip(*rows, strict=True) if rows else ((), ())
    text = pa.string()
    return pa.table(
        {
            "name": pa.array(names, text),
            "type": pa.array(types, text),
            "description": pa.array([""] * len(rows), text),
            "template": pa.array([None] * len(rows), text),
        }
    )


def small() -> GraphData:
    """Three nodes, three facts, properties of every type."""
    return GraphData(
        nodes(
            ("d1", "Drug", "Warfarin"),
            ("d2", "Drug", 'it\'s "quoted" \\ 中文'),
            ("g1", "Gene", "CYP2C9"),
            mass=pa.array([308.33, None, 1e-300]),
            rank=pa.array([1, 2**62, None]),
            approved=pa.array([True, None, False]),
            smiles=pa.array(["CC(=O)", "", None]),
            codes=pa.array([["a", "b"], [], None], STRINGS),
        ),
        facts(
            ("d1", "treats:1", "g1", "TREATS"),
            ("d1", "treats:2", "g1", "TREATS"),
            ("d2", "BINDS", "g1", "BINDS"),
            year=pa.array([1999, None, 2001]),
        ),
        relations(("treats:1", "TREATS"), ("treats:2", "TREATS"), ("BINDS", "BINDS")),
    )
