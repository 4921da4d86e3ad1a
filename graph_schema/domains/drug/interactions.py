"""A folder of drug-drug interactions: drugs, sentence templates, and numbered triples in splits."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport, read_rows
from graph_schema.reading.triples import first_fields

SOURCE = "DrugBank interactions"
TYPE = "INTERACTS_WITH"


def is_interactions(files: InputFiles) -> bool:
    """Whether a folder holds a table of drugs and one of sentence templates."""
    drugs, relations = files.named("drugs"), files.named("relations")
    return (
        drugs is not None
        and relations is not None
        and {"id", "drugbank_id"} <= set(first_fields(drugs))
        and {"id", "template"} <= set(first_fields(relations))
    )


def read_interactions(files: InputFiles, rows: RowReport, builder: GraphBuilder) -> None:
    """Drugs by DrugBank accession; each template is a relation `INTERACTS_WITH:<id>` of its own.

    Triples are head, tail, relation unless the person said otherwise: the head stands for #Drug1. A pair may
    interact in several ways, and in different splits; such pairs are counted in a note.
    """
    drugs, relations = files.named("drugs"), files.named("relations")
    if drugs is None or relations is None:
        return
    accession = _read_drugs(drugs, rows, builder)
    known = _read_templates(relations, rows, builder)
    order = list(files.columns or ("head", "tail", "relation"))
    pairs: dict[str, set[tuple[str, str]]] = {}
    for file in files.files:
        if file in (drugs, relations):
            continue
        found = read_rows(file, rows, width=3)
        columns = [found.columns[order.index(role)] for role in ("head", "relation", "tail")]
        sound = _sound(file, rows, found.lines, columns, accession, known)
        heads = [accession[columns[0][i]] for i in sound]
        tails = [accession[columns[2][i]] for i in sound]
        names = [f"{TYPE}:{columns[1][i]}" for i in sound]
        builder.add(
            file.path,
            [found.lines[i] for i in sound],
            heads,
            names,
            tails,
            split=file.split,
            sources=[SOURCE],
        )
        pairs.setdefault(file.split or "", set()).update(zip(heads, tails, strict=True))
    _note_shared_pairs(rows, pairs)


def _read_drugs(file: InputFile, rows: RowReport, builder: GraphBuilder) -> dict[str, str]:
    header = ("id", "drugbank_id", "name")
    found = read_rows(file, rows, header=header, blank=set(first_fields(file)) - {"id", "drugbank_id"})
    accession: dict[str, str] = {}
    others = found.others(*header)
    columns = (found.column(c) for c in header)
    for i, (line, number, id_, name) in enumerate(zip(found.lines, *columns, strict=True)):
        if number in accession:
            rows.reject(file.path, line, f"the number {number!r} again", "each number once")
            continue
        accession[number] = id_
        builder.node(
            id_,
            "Drug",
            name or id_,
            file=file.path,
            line=line,
            properties={key: values[i] for key, values in others.items()},
            keep_name=True,
        )
    return accession


def _read_templates(file: InputFile, rows: RowReport, builder: GraphBuilder) -> set[str]:
    found = read_rows(file, rows, header=("id", "template"))
    known: set[str] = set()
    for line, number, text in zip(found.lines, found.column("id"), found.column("template"), strict=True):
        if "#Drug1" not in text or "#Drug2" not in text:
            rows.reject(file.path, line, f"the template {text!r}", "a sentence with #Drug1 and #Drug2")
            continue
        sentence = text.replace("{", "").replace("}", "")
        sentence = sentence.replace("#Drug1", "{head}").replace("#Drug2", "{tail}")
        builder.relation(f"{TYPE}:{number}", TYPE, text, sentence)
        known.add(number)
    return known


def _sound(
    file: InputFile,
    rows: RowReport,
    lines: Sequence[int],
    columns: Sequence[Sequence[str]],
    accession: dict[str, str],
    known: set[str],
) -> list[int]:
    """Positions of the rows whose numbers are all known; the others are rejected."""
    sound: list[int] = []
    for i, (head, relation, tail) in enumerate(zip(*columns, strict=True)):
        if head not in accession or tail not in accession:
            number = tail if head in accession else head
            rows.reject(file.path, lines[i], f"the drug number {number!r}", "a number of the table of drugs")
        elif relation not in known:
            rows.reject(
                file.path,
                lines[i],
                f"the relation number {relation!r}",
                "a number of the table of relations",
                "Columns are head, tail, relation; --columns says otherwise",
            )
        else:
            sound.append(i)
    return sound


def _note_shared_pairs(rows: RowReport, pairs: dict[str, set[tuple[str, str]]]) -> None:
    train = pairs.get("train", set())
    turned = {(tail, head) for head, tail in train}
    for split in ("valid", "test"):
        same, reverse = len(pairs.get(split, set()) & train), len(pairs.get(split, set()) & turned)
        if same or reverse:
            rows.note(
                f"{same} pairs of {split} are in train too with another interaction, {reverse} the other way "
                "round; they are kept: leave them out of a benchmark"
            )
