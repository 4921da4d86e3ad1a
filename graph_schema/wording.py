"""Relations and facts in words, as people read them; Cypher and JSON keep the names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

from graph_schema.schema import GraphSchema

_JOINTS = re.compile(r"[_\-\s]+|(?<=[a-z])(?=[A-Z][a-z])")


def in_words(relation: str) -> str:
    """A relation's name as words: lower case, blanks for joints. `HAS_PART` and `HasPart` give "has part"."""
    return " ".join(part for part in _JOINTS.split(relation) if part).lower() or relation


def display_of(schema: GraphSchema, relation: str, kind: str | None = None) -> str:
    """What stands between the two names of a fact.

    Args:
        schema: The graph's.
        relation: Name of the relation.
        kind: The relationship type it has in the database, where that is another.

    Returns:
        The schema's words; of a relation that is one of many of its type, with what tells it apart.
    """
    type_ = schema.relation_type(kind or relation)
    if type_ is None:
        return in_words(relation)
    words = type_.display or in_words(type_.name)
    apart = relation[len(type_.name) :].lstrip(": ") if relation.startswith(type_.name) else relation
    return f"{words} ({apart})" if apart and relation != type_.name and type_.many else words


def sentence(head: str, tail: str, template: str | None, words: str) -> str:
    """A fact as a sentence without its full stop, from a template or, without one, the relation's words."""
    if not template:
        return f"{head} {words} {tail}"
    return template.replace("{head}", head).replace("{tail}", tail).rstrip(" .")


def question(head: str, tail: str, form: str | None, template: str | None, words: str) -> str:
    """What a page asks of a prediction: "Why does Ketoconazole interact with Rifampicin?".

    Args:
        head, tail: Names.
        form: The question as the relation's type has it, if it has one.
        template: The fact as a sentence, to make a question of.
        words: What stands between the two names.
    """
    for subject, verb in product(("{head}", "{tail}"), ("is", "can", "cannot")):
        if form is None and template and template.startswith(f"{subject} {verb} "):
            form = f"Why {verb} {subject}{template.removeprefix(f'{subject} {verb}').rstrip(' .')}?"
    if form is None:
        return f"Why: {sentence(head, tail, template, words)}?"
    return form.replace("{head}", head).replace("{tail}", tail)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A relation as people read it; `template` and `form` as `sentence` and `question` take them."""

    words: str
    template: str | None = None
    form: str | None = None
    symmetric: bool = False

    def fact(self, head: str, tail: str) -> str:
        """A fact as a sentence without its full stop."""
        return sentence(head, tail, self.template, self.words)

    def why(self, head: str, tail: str) -> str:
        """What a page asks of a prediction."""
        return question(head, tail, self.form, self.template, self.words)

    def between(self, forwards: bool) -> str:
        """The relation between two names, with an arrow where it matters which of them is the head."""
        if self.symmetric:
            return f"— {self.words} —"
        return f"— {self.words} →" if forwards else f"← {self.words} —"

    def at(self, direction: str) -> str:
        """The relation beside one name: that of the head ("out"), the tail ("in") or either ("both")."""
        return {"out": f"{self.words} →", "in": f"← {self.words}"}.get(direction, self.words)

    def rule(self, support: int | None, pairs: int | None, heads: int | None) -> str | None:
        """How often the rule of a path to this relation holds; None where nothing was counted.

        Args:
            support, pairs, heads: As an `EvidencePath` has them.
        """
        if support is None or pairs is None:
            return None
        sample = f" (counted from a sample of {heads:,} heads)" if heads is not None else ""
        if pairs == 0:
            return f"no other pair is joined like this{sample}"
        known = {0: "none", pairs: "all" if pairs > 1 else "it"}.get(support, f"{support:,}")
        related = self.fact("the first", "the second")
        related = related[0].lower() + related[1:]
        pair = "pair" if pairs == 1 else "pairs"
        return f"of {pairs:,} other {pair} joined like this, it is known of {known} that {related}{sample}"


class Phrasebook:
    """The relations of a graph in words, by name; a name that is not in it loses case and joints.

    Args:
        rows: With `relation`, `display`, `template`, `question` and `symmetric`.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._said = {
            row["relation"]: Spoken(row["display"], row["template"], row["question"], row["symmetric"])
            for row in rows
        }

    @classmethod
    def of(cls, schema: GraphSchema, types: Mapping[str, str]) -> Self:
        """That of a schema. Args: types: the relationship type of each relation."""
        return cls(said_by(schema, relation, kind) for relation, kind in types.items())

    def __getitem__(self, relation: str) -> Spoken:
        return self._said.get(relation) or Spoken(in_words(relation))

    def chain(self, names: Sequence[str], hops: Sequence[tuple[str, bool]]) -> str:
        """A path in one line. Args: hops: between each name and the next, and whether it is read forwards."""
        parts = list(names[:1])
        for (relation, forwards), name in zip(hops, names[1:], strict=True):
            parts += [self[relation].between(forwards), name]
        return " ".join(parts)


def said_by(schema: GraphSchema, relation: str, kind: str) -> dict[str, Any]:
    """A relation as a row for a `Phrasebook`; of a type of many, only the one named like it is symmetric."""
    type_ = schema.relation_type(kind)
    return {
        "relation": relation,
        "display": display_of(schema, relation, kind),
        "template": type_.template if type_ else None,
        "question": type_.question if type_ else None,
        "symmetric": bool(type_ and type_.symmetric and relation == kind),
    }
