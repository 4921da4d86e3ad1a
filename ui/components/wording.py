"""Evidence in words: a sentence a path, from the sentences that the domain has for its relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ui.components.lanes import LanePath
from ui.session import plain


def sentences(
    row: Mapping[str, Any],
    paths: Sequence[LanePath],
    known: Mapping[str, Mapping[str, Any]],
    relations: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """Markdown lines: what is predicted, then why, best path first.

    Args:
        row: The prediction.
        paths: Its evidence.
        known: By entity id, its `name`.
        relations: With `relation` and `template`, such as "{head} binds {tail}".
    """
    templates = {r["relation"]: r["template"] for r in relations}

    def said(head: str, relation: str, tail: str) -> str:
        names = [f"**{plain(known.get(e, {'name': e})['name'])}**" for e in (head, tail)]
        template: str | None = templates.get(relation)
        if not template:
            return f"{names[0]} — {plain(relation)} → {names[1]}"
        return template.replace("{head}", names[0]).replace("{tail}", names[1]).rstrip(" .")

    statement = said(row["head"], row["relation"], row["tail"])
    chance = "" if row["probability"] is None else f", with a probability of {row['probability']:.2f}"
    yield f"The model {plain(row['model'])} expects that {statement}{chance}."
    if not paths:
        yield "It gives no paths for it."
    for number, path in enumerate(paths, 1):
        facts = [said(*fact) for fact in path.facts]
        joined = "; ".join(facts[:-1]) + "; and " + facts[-1] if len(facts) > 1 else facts[0]
        yield f"{number}. Because {joined} (weight {path.weight:.2g})."
