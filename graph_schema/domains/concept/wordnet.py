"""WordNet's own database files (data.noun, data.verb, data.adj, data.adv), as in wndb(5WN)."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport

SOURCE = "WordNet"
DATABASE = {"data.noun": "n", "data.verb": "v", "data.adj": "a", "data.adv": "r"}
_PARTS = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective satellite", "r": "adverb"}
_POINTERS = {
    "!": "ANTONYM",
    "@": "HYPERNYM",
    "@i": "INSTANCE_HYPERNYM",
    "~": "HYPONYM",
    "~i": "INSTANCE_HYPONYM",
    "#m": "MEMBER_HOLONYM",
    "#s": "SUBSTANCE_HOLONYM",
    "#p": "PART_HOLONYM",
    "%m": "MEMBER_MERONYM",
    "%s": "SUBSTANCE_MERONYM",
    "%p": "PART_MERONYM",
    "=": "ATTRIBUTE",
    "+": "DERIVATIONALLY_RELATED_FORM",
    ";c": "DOMAIN_TOPIC",
    "-c": "IN_DOMAIN_TOPIC",
    ";r": "DOMAIN_REGION",
    "-r": "IN_DOMAIN_REGION",
    ";u": "DOMAIN_USAGE",
    "-u": "IN_DOMAIN_USAGE",
    "*": "ENTAILMENT",
    ">": "CAUSE",
    "^": "ALSO_SEE",
    "$": "VERB_GROUP",
    "&": "SIMILAR_TO",
    "<": "PARTICIPLE",
    "\\": "PERTAINYM",
}
_SHAPE = "offset, file number, type, words, pointers, | and a gloss, as wndb(5WN) says"


def is_database(file: InputFile) -> bool:
    """Whether a file is one of the four, by its name."""
    return file.name in DATABASE


def read_database(files: Sequence[InputFile], rows: RowReport, builder: GraphBuilder) -> None:
    """Synsets and the pointers between them; pointers to files not given are left out and counted."""
    satellites = {offset for file in files if file.name == "data.adj" for offset in _satellites(file)}
    given = {DATABASE[file.name] for file in files}
    outside = sum(_read_file(file, rows, builder, satellites, given) for file in files)
    if outside:
        rows.note(f"pointers to parts of speech whose files were not given, left out: {outside:,}")


def _satellites(file: InputFile) -> list[str]:
    return [line[:8] for line in file.text().split("\n") if line[:1] != " " and line[11:14] == " s "]


def _read_file(
    file: InputFile, rows: RowReport, builder: GraphBuilder, satellites: set[str], given: set[str]
) -> int:
    facts: list[tuple[int, str, str, str]] = []
    outside = 0
    for number, line in enumerate(file.text().split("\n"), 1):
        if not line.strip() or line.startswith("  "):  # the licence stands at the top, indented
            continue
        try:
            offset, kind, words, pointers, gloss = _parsed(line)
        except (ValueError, IndexError, KeyError):
            rows.reject(file.path, number, repr(line[:60]), _SHAPE)
            continue
        id_ = f"{offset}-{kind}"
        builder.node(
            id_,
            "Synset",
            words[0],
            file=file.path,
            line=number,
            aliases=words[1:],
            properties={"part_of_speech": _PARTS[kind], "gloss": gloss},
        )
        for relation, target, target_kind in pointers:
            if target_kind not in given:
                outside += 1
                continue
            exact = "s" if target_kind == "a" and target in satellites else target_kind
            facts.append((number, id_, relation, f"{target}-{exact}"))
    if not facts:
        raise InputError("no synset with a pointer", wanted=_SHAPE, file=file.path)
    lines, heads, relations, tails = zip(*facts, strict=True)
    builder.add(file.path, lines, heads, relations, tails, sources=[SOURCE])
    return outside


def _parsed(line: str) -> tuple[str, str, list[str], list[tuple[str, str, str]], str]:
    """(offset, type, words, pointers as (relation, offset, part of speech), gloss) of a line."""
    data, _, gloss = line.partition(" | ")
    fields = data.split()
    offset, kind = fields[0], fields[2]
    if len(offset) != 8 or not offset.isdigit() or kind not in _PARTS:
        raise ValueError(offset)
    count = int(fields[3], 16)
    if count == 0:
        raise ValueError(fields[3])
    words = [_word(w) for w in fields[4 : 4 + 2 * count : 2]]
    start = 5 + 2 * count
    pointers = [
        (_POINTERS[fields[at]], fields[at + 1], fields[at + 2])
        for at in range(start, start + 4 * int(fields[start - 1]), 4)
    ]
    return offset, kind, words, pointers, gloss.strip()


def _word(field: str) -> str:
    """A word as people write it: blanks for underscores, without the adjective marker (a), (p) or (ip)."""
    return field.split("(")[0].replace("_", " ")
