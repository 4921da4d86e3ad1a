"""The facts of a graph as places among its names, computed by Arrow without one Python string."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.arrays import Ints, Ints32, Small, column_codes
from graph_schema.errors import UnknownName
from graph_schema.tables import SPLITS, GraphData
from graph_schema.triples import unique_rows

_WORDS = ("head", "relation", "tail", "type", "split")
_LISTS = ("sources", "imported_from")
_ABSENT = len(SPLITS)
_AT_A_TIME = 65_536
"""Facts, whose columns stay in the cache: memory that is new to a process costs more than the work on it."""

FOR_ARRAYS = ("head", "relation", "tail", "split")
"""Columns of facts that arrays are made of."""


def encoded(data: GraphData, some: Sequence[str] = _WORDS + _LISTS) -> GraphData:
    """The same graph, the words of its facts as dictionaries: a number for each, and each word once.

    Args:
        data: The graph; columns that are dictionaries already stay as they are.
        some: Columns to encode.
    """
    facts = data.facts
    ids, names = whole(data.nodes["id"]), whole(data.relations["name"])
    among = {"head": ids, "tail": ids, "relation": names}

    def column(name: str) -> pa.Array:
        given = whole(facts[name])
        return _numbered_lists(given) if name in _LISTS else _numbered(given, among.get(name))

    columns = {name: column(name) for name in some}  # not on threads: each would fill memory new to it
    every = {name: columns.get(name, facts[name]) for name in facts.column_names}
    return GraphData(data.nodes, pa.table(every), data.relations, data.notes)


def _numbered(words: pa.Array, among: pa.Array | None) -> pa.Array:
    """Words as a dictionary: these names, where all are among them."""
    if pa.types.is_dictionary(words.type):
        return words
    numbers = None if among is None else pc.index_in(words, value_set=among)
    if numbers is None or numbers.null_count:
        return words.dictionary_encode()
    return pa.DictionaryArray.from_arrays(numbers, among)


def _numbered_lists(lists: pa.Array) -> pa.Array:
    if lists.null_count or pa.types.is_dictionary(lists.type.value_type):
        return lists
    return pa.ListArray.from_arrays(lists.offsets, lists.values.dictionary_encode())


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array; without a copy where it is one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def sorted_names(column: pa.ChunkedArray) -> pa.StringArray:
    """The values of a column, each once, in the order of Python's `sorted`."""
    names = whole(column)
    if pc.all(pc.less(names[:-1], names[1:])).as_py() is not False:
        return names
    names = names.unique()
    return names.take(pc.sort_indices(names))  # bytes of UTF-8 have the order of code points


def places(column: pa.ChunkedArray, names: pa.Array, kind: str) -> Ints32:
    """(N,) for each value its place among the names. Raises: UnknownName; Args: kind: of name, for it."""
    words = whole(column)
    if pa.types.is_dictionary(words.type):
        if words.dictionary.equals(names):
            return np.asarray(words.indices, dtype=np.int32)
        numbers = pc.index_in(words.dictionary, value_set=names).take(words.indices)
    elif words.equals(names):
        return np.arange(len(names), dtype=np.int32)
    else:
        numbers = pc.index_in(words, value_set=names)
    if numbers.null_count:
        missing = words.filter(pc.is_null(numbers))[0].as_py()
        raise UnknownName(kind, str(missing), names.to_pylist())
    return np.asarray(numbers, dtype=np.int32)


def split_places(words: pa.Array) -> Ints32:
    """(N,) for each fact the place of its split in `SPLITS`, or one behind these where it has none."""
    if pa.types.is_dictionary(words.type):
        numbers = pc.index_in(words.dictionary, value_set=pa.array(SPLITS)).take(words.indices)
    else:
        numbers = pc.index_in(words, value_set=pa.array(SPLITS), skip_nulls=True)
    return np.asarray(pc.fill_null(numbers, _ABSENT), dtype=np.int32)


def divided(
    facts: pa.Table, names: pa.Array, relations: Sequence[str], parts: Iterable[Collection[str | None]]
) -> list[Ints]:
    """Facts as rows of head, relation and tail, (M, 3) sorted and each once, for each part.

    Args:
        facts: In any order; quickest in that of their identity.
        names: Of entities, sorted.
        relations: In the order of their ids.
        parts: The splits of each; None stands for facts without one.

    Raises:
        UnknownName: a fact is of an entity or relation that is not among these.
    """
    columns = [
        places(facts["head"], names, "entity"),
        places(facts["relation"], pa.array(relations, pa.string()), "relation"),
        places(facts["tail"], names, "entity"),
    ]
    tables = [np.array([name in part for name in (*SPLITS, None)]) for part in parts]
    split, counts = _splits(whole(facts["split"]))
    found = [np.empty((counts[table].sum(), 3), dtype=np.int64) for table in tables]
    filled = [0] * len(found)
    for start in range(0, len(split), _AT_A_TIME):
        now = slice(start, start + _AT_A_TIME)
        for number, (table, rows) in enumerate(zip(tables, found, strict=True)):
            chosen = np.flatnonzero(table[split[now]])
            after = filled[number] + len(chosen)
            for i, column in enumerate(columns):
                rows[filled[number] : after, i] = column[now][chosen]
            filled[number] = after
    if not in_order(columns, once=True):
        found = [unique_rows(rows) for rows in found]
    for rows in found:
        rows.setflags(write=False)
    return found


def in_order(columns: Sequence[Ints32], *, once: bool) -> bool:
    """Whether rows are sorted. Args: columns: (N,) each; once: and each row stands once."""
    for start in range(0, len(columns[0]), _AT_A_TIME):
        codes = column_codes([column[start : start + _AT_A_TIME + 1] for column in columns])
        if not (codes[1:] > codes[:-1] if once else codes[1:] >= codes[:-1]).all():
            return False
    return True


def _splits(words: pa.Array) -> tuple[Small, Ints]:
    """(N,) as `split_places`, and how many facts have each."""
    split, counts = np.empty(len(words), dtype=np.int8), np.zeros(_ABSENT + 1, dtype=np.int64)
    for start in range(0, len(words), _AT_A_TIME):
        some = split_places(words.slice(start, _AT_A_TIME))
        split[start : start + len(some)] = some
        counts += np.bincount(some, minlength=len(counts))
    return split, counts
