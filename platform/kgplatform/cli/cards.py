"""The card of a croppable run as text."""

from __future__ import annotations

from graph_schema.records import Card
from kgplatform.cli.session import table

SHOWN = ("valid_mrr", "mrr", "hits@1", "hits@10", "overlap@10", "expected", "found")
"""Figures in this order; the MRR and hits without a word before them are those of the test."""


def card_text(run: str, card: Card) -> str:
    """A row for each width, then test MRR and hits by relation, and which width is small and good."""
    names = [name for name in SHOWN if name in card.figures]
    rows = [
        [dims, floats, *(card.figures[name][place] for name in names)]
        for place, (dims, floats) in enumerate(zip(card.dims, card.floats, strict=True))
    ]
    parts = [f"run {run} by dimensions", table(rows, ["dims", "floats", *names])]
    hits = {name: card.relation_hits[name] for name in SHOWN if name in card.relation_hits}
    by_relation = {"MRR": card.relations} | hits
    for title, relations in by_relation.items():
        if relations:
            header = [f"test {title} of", *map(str, card.dims)]
            parts.append(table([[name, *values] for name, values in sorted(relations.items())], header))
    if card.smallest is not None:
        floats = card.floats[card.dims.index(card.smallest)]
        parts.append(
            f"smallest within 1 % of the best on validation: {card.smallest} dimensions ({floats} floats)"
        )
    return "\n\n".join(parts)
