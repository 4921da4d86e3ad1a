"""ConceptNet's assertions as published: URI, relation, start, end and JSON about where it comes from."""

from __future__ import annotations

import json
from collections import Counter

from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport
from graph_schema.schema import GraphSchema

OF_100K = ("relation", "head", "tail", "weight")
"""Columns of the form in which its 100,000 best are passed on."""

_WANTED = "an assertion, /r/relation, /c/language/words, /c/language/words and JSON"


def relation_names(schema: GraphSchema) -> set[str]:
    """The relations between phrases as ConceptNet spells them: IsA for IS_A."""
    return {
        "".join(w.capitalize() for w in t.name.split("_"))
        for t in schema.relation_types
        if "Phrase" in t.head
    }


def is_assertions(file: InputFile) -> bool:
    """Whether a file is in ConceptNet's own form, by its first line."""
    fields = (file.head(1) or [""])[0].split("\t")
    return len(fields) == 5 and fields[0].startswith("/a/") and fields[1].startswith("/r/")


def read_assertions(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    """Phrases by their URI, with weight; what leads out of ConceptNet is left out and counted."""
    known = relation_names(builder.schema)
    outside: Counter[str] = Counter()
    lines: list[int] = []
    facts: list[tuple[str, str, str]] = []
    weights: list[float | None] = []
    sources: list[list[str]] = []
    for number, line in enumerate(file.text().split("\n"), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        try:
            _, relation, head, tail, about = fields
            said = json.loads(about)
            weight, dataset = said.get("weight"), said.get("dataset")
            heavy = float(weight) if isinstance(weight, int | float) else None
        except (ValueError, RecursionError, AttributeError, OverflowError):
            rows.reject(file.path, number, repr(line[:60]), _WANTED)
            continue
        name = relation.removeprefix("/r/")
        if name not in known or not (head.startswith("/c/") and tail.startswith("/c/")):
            outside[name] += 1
            continue
        lines.append(number)
        facts.append((head, name, tail))
        weights.append(heavy)
        sources.append([dataset] if isinstance(dataset, str) else [])
    if not facts:
        raise InputError("no assertion between two phrases", wanted=_WANTED, file=file.path)
    heads, relations, tails = zip(*facts, strict=True)
    taken = builder.add(
        file.path,
        lines,
        heads,
        relations,
        tails,
        split=file.split,
        sources_each=sources,
        properties={"weight": weights},
        ends=("Phrase", "Phrase"),
    )
    for i in taken:
        for uri in (heads[i], tails[i]):
            builder.mention(uri, _words(uri), "")
    if outside:
        which = ", ".join(f"{name} ({count:,})" for name, count in outside.most_common(5))
        rows.note(f"assertions of other relations, left out: {outside.total():,}: {which}")


def _words(uri: str) -> str:
    """What a phrase says: "ice cream" for `/c/en/ice_cream/n`, with its language where that is another."""
    parts = uri.split("/")
    words = parts[3].replace("_", " ") if len(parts) > 3 else uri
    return words if len(parts) < 4 or parts[2] == "en" else f"{words} ({parts[2]})"
