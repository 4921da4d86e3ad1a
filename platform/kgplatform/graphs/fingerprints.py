"""The fingerprint of a graph: one digest of its nodes, facts and splits, whichever server it came from."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.arrays import Ints32, column_codes
from graph_schema.tables import SPLITS, GraphData
from kgplatform.graphs.encoding import in_order, places, sorted_names, split_places, whole

if TYPE_CHECKING:
    from hashlib import _Hash

_AT_A_TIME = 65_536


def fingerprint(data: GraphData) -> str:
    """SHA-256 of the sorted nodes, facts and splits: each column's values divided by NUL, ended by 1.

    Raises:
        UnknownName: a fact is of an entity or relation that the graph has not.
    """
    digest = hashlib.sha256()
    nodes, facts = data.nodes, data.facts
    ids, names = sorted_names(nodes["id"]), sorted_names(data.relations["name"])
    kinds = sorted_names(nodes["type"])
    splits = sorted(SPLITS)
    rank = np.array([*(splits.index(split) for split in SPLITS), len(SPLITS)], dtype=np.int32)
    of_nodes = [places(nodes["id"], ids, "entity"), places(nodes["type"], kinds, "node type")]
    of_facts = [
        places(facts["head"], ids, "entity"),
        places(facts["relation"], names, "relation"),
        places(facts["tail"], ids, "entity"),
        rank[split_places(whole(facts["split"]))],
    ]
    for columns, words in (
        (of_nodes, (ids, kinds)),
        (of_facts, (ids, names, ids, pa.array([*splits, ""]))),
    ):
        for numbers, among in zip(_ordered(columns), words, strict=True):
            _add(digest, among, numbers)
    return digest.hexdigest()


def _ordered(columns: list[Ints32]) -> list[Ints32]:
    if in_order(columns, once=False):
        return columns
    order = np.argsort(column_codes(columns), kind="stable")
    return [column[order] for column in columns]


def _add(digest: _Hash, words: pa.Array, numbers: Ints32) -> None:
    for start in range(0, len(numbers), _AT_A_TIME):
        some = words.take(pa.array(numbers[start : start + _AT_A_TIME]))
        text = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(some)], pa.int32()), some), "\0")
        digest.update(b"\0" if start else b"")
        digest.update(text[0].as_buffer())
    digest.update(b"\1")
