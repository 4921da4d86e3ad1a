"""Large graphs of made-up facts as a store returns them: Arrow tables, in order, with splits."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, RELATION_COLUMNS, GraphData

_RELATIONS, _SPLITS = 200, ("train", "valid", "test")


def columns(entities: int, facts: int, *, divided: bool = True) -> GraphData:
    """A graph of random facts, each once, a tenth of them in each of valid and test.

    Args:
        entities: Nodes of the graph.
        facts: Facts drawn; a few less remain, since some are drawn twice.
        divided: Whether the facts have splits.
    """
    dice = np.random.default_rng(0)
    ids = pa.array([f"entity {i:07}" for i in range(entities)])
    names = pa.array([f"relation {i:03}" for i in range(_RELATIONS)])
    ends = np.sort(dice.integers(0, entities, facts)), dice.integers(0, entities, facts)
    code = np.unique((ends[0] * _RELATIONS + dice.integers(0, _RELATIONS, facts)) * entities + ends[1])
    relation = code // entities % _RELATIONS
    of_splits = pa.array(_SPLITS).take(pa.array(dice.choice(3, len(code), p=[0.8, 0.1, 0.1])))
    table = pa.table(
        [
            ids.take(pa.array(code // (entities * _RELATIONS))),
            names.take(pa.array(relation)),
            ids.take(pa.array(code % entities)),
            names.take(pa.array(relation)),
            _repeated("made up", len(code)),
            _repeated("facts.tsv", len(code)),
            of_splits if divided else pa.nulls(len(code), pa.string()),
        ],
        schema=FACT_COLUMNS,
    )
    none = pa.ListArray.from_arrays(pa.array(np.zeros(entities + 1, np.int32)), pa.array([], pa.string()))
    kind = pa.repeat(pa.scalar("Concept"), entities)
    nodes = pa.table([ids, kind, pc.utf8_upper(ids), none], schema=NODE_COLUMNS)
    said = pa.array([""] * _RELATIONS)
    relations = pa.table([names, names, said, pa.nulls(_RELATIONS, pa.string())], schema=RELATION_COLUMNS)
    return GraphData(nodes, table, relations)


def _repeated(value: str, rows: int) -> pa.ListArray:
    return pa.ListArray.from_arrays(
        pa.array(np.arange(rows + 1, dtype=np.int32)), pa.repeat(pa.scalar(value), rows)
    )
