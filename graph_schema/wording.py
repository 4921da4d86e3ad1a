"""Relations and facts in words, as people read them; Cypher and JSON keep the names."""

from __future__ import annotations

import re
from itertools import product

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
