"""Chips with counts, the chosen ones kept in the address by name, so that a link outlives the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.components import addresses

_WRAPPED = 15
"""Chips that may take several lines; more stand in one that scrolls."""


def counted_chips(
    label: str,
    counts: Mapping[str, int],
    *,
    name: str,
    words: Mapping[str, str] | None = None,
    several: bool = False,
    hint: str | None = None,
) -> list[str]:
    """What is chosen of the names in `counts`.

    Args:
        label: What stands above.
        counts: Number shown beside each name, in the order of the chips.
        name: Of the parameter in the address.
        words: What is shown for a name, where that is another.
        several: Whether more than one can be chosen, or none; otherwise the first one is, unless another is.
        hint: What a person reads on asking.
    """
    key, gone = f"chips-{name}", f"chips-gone-{name}"
    wanted = addresses.said(name, key)
    if wanted is None:
        now = st.session_state[key]
        wanted = [*(now if several else [now] if now else []), *st.session_state.get(gone, [])]
    here = [n for n in wanted if n in counts]
    # What is chosen but not there just now, while somebody types, is chosen again when it is back.
    st.session_state[gone] = [n for n in wanted if n not in counts] if several else []
    st.session_state[key] = here if several else next(iter(here), next(iter(counts)))
    drawn: dict[str, Any] = {
        "selection_mode": "multi" if several else "single",
        "required": not several,
        "format_func": lambda n: f"{(words or {}).get(n, n)} · {counts.get(n, 0):,}",
        "help": hint,
        "wrap": len(counts) <= _WRAPPED,
    }
    found: Any = st.pills(label, list(counts), key=key, **drawn)
    chosen = list(found) if several else [found or next(iter(counts))]
    first = not several and chosen == [next(iter(counts))]
    addresses.keep(name, [] if first else [*chosen, *st.session_state[gone]])
    return chosen
