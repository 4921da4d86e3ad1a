"""Evidence in words: a sentence a path, from the sentences that the domain has for its relations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph_schema.wording import Phrasebook
from ui.components.cases import analogous
from ui.components.figures import chance_text, typed_text, weight_text
from ui.components.lanes import LanePath
from ui.session import plain

_HEAD, _TAIL = "\ue000", "\ue001"  # stand for the names while the words around them are made plain


def sentences(
    row: Mapping[str, Any],
    paths: Sequence[LanePath],
    known: Mapping[str, Mapping[str, Any]],
    phrases: Phrasebook,
) -> Iterator[str]:
    """Markdown lines: what is predicted, then why, best path first, and how often its rule holds.

    Args:
        row: The prediction.
        paths: Its evidence.
        known: By entity id, its `name`.
        phrases: The relations in words.
    """

    def said(head: str, relation: str, tail: str) -> str:
        names = {mark: known.get(e, {"name": e})["name"] for mark, e in ((_HEAD, head), (_TAIL, tail))}
        parts = re.split(f"({_HEAD}|{_TAIL})", phrases[relation].fact(_HEAD, _TAIL))
        return "".join(f"**{plain(names[p])}**" if p in names else plain(p) for p in parts)

    statement = said(row["head"], row["relation"], row["tail"])
    chance = (
        "" if row["probability"] is None else f", with a probability of {chance_text(row['probability'])}"
    )
    if row["rank"] is None and row["probability"] is not None:
        chance = f": {typed_text(row)}"
    yield f"The model {plain(row['model'])} expects that {statement}{chance}."
    if not paths and not row["cases"]:
        yield "It gives no evidence for it."
    known_is = "Much like it, it is known" if analogous(row) else "It is known"
    for number, case in enumerate(row["cases"], 1):
        yield f"{number}. {known_is} that {said(*case['fact'])} (weight {weight_text(case['weight'])})."
    for number, path in enumerate(paths, 1):
        facts = [said(*fact) for fact in path.facts]
        joined = "; ".join(facts[:-1]) + "; and " + facts[-1] if len(facts) > 1 else facts[0]
        rule = phrases[row["relation"]].rule(path.support, path.pairs, path.heads)
        counted = f" {plain(rule[0].upper() + rule[1:])}." if rule else ""
        yield f"{number}. Because {joined} (weight {weight_text(path.weight)}).{counted}"
