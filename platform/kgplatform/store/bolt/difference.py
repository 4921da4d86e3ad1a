"""What a table would change of another: which rows are new, which differ, and what they become."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow.compute makes its functions when it is imported, where a type checker cannot see them)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.errors import InputError
from kgplatform.store.bolt.normal import identity
from kgplatform.store.protocol import Changes


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows to add, rows to change (with every value as it shall be), and how many stay as they are."""

    added: pa.Table
    changed: pa.Table
    unchanged: int

    @property
    def changes(self) -> Changes:
        """The counts."""
        return Changes(len(self.added), len(self.changed), self.unchanged)


def difference(current: pa.Table, wanted: pa.Table, key: Sequence[str]) -> Difference:
    """What must happen to `current` so that it says all that `wanted` says.

    A null says nothing: what `current` has stays. Lists are united, what is there first. Both tables are in
    normal form, without doubles.

    Raises:
        InputError: a property has one type here and an incompatible one there.
    """
    if len(current) == 0:
        return Difference(wanted, wanted.slice(0, 0), 0)
    if current.equals(wanted):
        return Difference(wanted.slice(0, 0), wanted.slice(0, 0), len(wanted))
    place = pc.index_in(identity(wanted, key), value_set=identity(current, key).combine_chunks())
    new = pc.is_null(place)
    seen = wanted.filter(pc.invert(new))
    before = current.take(pc.drop_null(place))
    merged: dict[str, pa.ChunkedArray] = {}
    differs: pa.ChunkedArray = pa.chunked_array([pa.repeat(False, len(seen))])
    for name in seen.column_names:
        if name in key:
            merged[name] = seen[name]
        elif name not in before.column_names:
            merged[name] = seen[name]
            differs = pc.or_(differs, pc.is_valid(seen[name]))
        elif pa.types.is_list(seen[name].type):
            merged[name], moved = _united(before[name], seen[name])
            differs = pc.or_(differs, moved)
        else:
            old, fresh = _same_type(name, before[name], seen[name])
            merged[name] = pc.coalesce(fresh, old)
            differs = pc.or_(differs, pc.fill_null(pc.not_equal(fresh, old), pc.is_valid(fresh)))
    for name in before.column_names:
        if name not in merged:
            merged[name] = before[name]
    changed = pa.table(merged).filter(differs) if len(seen) else seen
    return Difference(wanted.filter(new), changed, len(seen) - len(changed))


def _same_type(
    name: str, old: pa.ChunkedArray, fresh: pa.ChunkedArray
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    if old.type == fresh.type:
        return old, fresh
    if {old.type, fresh.type} == {pa.int64(), pa.float64()}:
        return old.cast(pa.float64()), fresh.cast(pa.float64())
    raise InputError(
        f"property {name!r} of type {fresh.type}",
        wanted=f"{old.type}, which the graph has already",
        hint="rename the property, or drop the graph and import again",
    )


def _united(old: pa.ChunkedArray, fresh: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The lists with what is new appended, and which of them grew. Both are (rows,) lists of strings."""
    before, after = old.to_pylist(), fresh.to_pylist()
    rows: list[list[str] | None] = []
    grew: list[bool] = []
    for have, get in zip(before, after, strict=True):
        more = [v for v in dict.fromkeys(get or ()) if v not in (have or ())]
        grew.append(bool(more) or (have is None and get is not None))
        rows.append(have if not grew[-1] else [*(have or ()), *more])
    return pa.chunked_array([pa.array(rows, old.type)]), pa.chunked_array([pa.array(grew, pa.bool_())])
