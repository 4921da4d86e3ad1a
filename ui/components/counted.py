"""Chips with counts, the chosen ones kept in the address by name, so that a link outlives the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st


def counted_chips(
    label: str, counts: Mapping[str, int], *, name: str, several: bool = False, hint: str | None = None
) -> list[str]:
    """What is chosen of the names in `counts`.

    Args:
        label: What stands above.
        counts: Number shown beside each name, in the order of the chips.
        name: Of the parameter in the address.
        several: Whether more than one can be chosen, or none; otherwise the first one is, unless another is.
        hint: What a person reads on asking.
    """
    key = f"chips-{name}"
    if key not in st.session_state:
        asked = [n for n in st.query_params.get_all(name) if n in counts]
        st.session_state[key] = asked if several else next(iter(asked), next(iter(counts)))
    mode: Literal["multi", "single"] = "multi" if several else "single"
    found: Any = st.pills(
        label,
        list(counts),
        selection_mode=mode,
        key=key,
        format_func=lambda n: f"{n} · {counts[n]:,}" if n in counts else n,
        help=hint,
    )
    chosen = list(found) if several else [found] if found else []
    chosen = [n for n in chosen if n in counts] or ([] if several else [next(iter(counts))])
    if chosen and (several or chosen != [next(iter(counts))]):
        st.query_params[name] = chosen
    elif name in st.query_params:
        del st.query_params[name]
    return chosen
