"""The command that asks whether drugs interact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kgplatform.cli.session import Session, check_graph, command, progressing

if TYPE_CHECKING:
    from kgplatform.serving.pair_reports import LikelyType, PairReport
    from kgplatform.store.protocol import GraphStore

_RESEARCH = "For research, not for care. A pair that stands nowhere is not known to be safe."


@command
@click.argument("drugs", nargs=-1, metavar="DRUG…")
@click.option("--graph", help="Where they are; default the run's, or the one graph with types of pairs.")
@click.option("--run", help="Who is asked; default the promoted run of pair types, else the best one.")
@click.option(
    "--drug",
    "added",
    multiple=True,
    metavar='"NAME; KEY=VALUE; …"',
    help="A drug that is in no graph, by smiles= and relations to proteins, such as inhibits=CYP2C9,CYP3A4.",
)
@click.option("--top", type=click.IntRange(1), default=3, show_default=True, help="Types of each pair.")
@click.option("--evidence", type=click.IntRange(0), default=3, show_default=True, help="Lines of evidence.")
def ddi(
    session: Session,
    drugs: tuple[str, ...],
    graph: str | None,
    run: str | None,
    added: tuple[str, ...],
    top: int,
    evidence: int,
) -> None:
    """Do these drugs interact, how, how surely and why: each pair of 2 to 10 drugs.

    What is known comes first, then what is likeliest.

    Example: kgp ddi warfarin fluconazole --drug "New; smiles=CCO; inhibits=CYP2C9"
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.serving.interactions import interactions
        from kgplatform.serving.loading import Serving

        registry = session.registry(store)
        if graph is None:
            graph = registry.read(run).graph if run else _only_graph(store)
        check_graph(store, graph)
        serving = Serving(store, registry)
        found = interactions(
            serving, graph, drugs, run=run, added=added, types=top, evidence=evidence, progress=progress
        )
    session.print([report_json(one) for one in found], lambda: _text(found))


def _only_graph(store: GraphStore) -> str:
    """The graph whose target has several relations. Raises: UsageError: there is none, or several."""
    from graph_schema.errors import UsageError

    rows = store.read(
        "MATCH (r:Run {task: 'pair_type'}) WHERE r.status IN ['candidate', 'promoted', 'retired'] "
        "RETURN DISTINCT r.graph AS graph ORDER BY graph"
    )
    there = {g["name"] for g in store.graphs()}
    names = [row["graph"] for row in rows if row["graph"] in there]
    if len(names) == 1:
        return str(names[0])
    if not names:
        raise UsageError(
            "no graph has a run that tells types of pairs; `kgp train analogue_vote GRAPH` makes one"
        )
    raise UsageError(f"graphs {', '.join(names)} have types of pairs; say which with --graph")


def report_json(report: PairReport) -> dict[str, Any]:
    """A pair as `--json` prints it; evidence as [weight, sentence]."""
    values = report.model_dump(mode="json")
    for kind in [*values["types"], *([values["against"]] if values["against"] else [])]:
        kind["prediction"].pop("random_faithfulness")
    return values


def _text(reports: list[PairReport]) -> str:
    blocks = ["\n".join(_lines(report)) for report in reports]
    run = f"{reports[0].model}, run {reports[0].run}"
    drugs = [drug for report in reports for drug in (report.one, report.other)]
    notes = [f"{drug.name}: {note}." for drug in drugs for note in drug.notes]
    return "\n\n".join([*blocks, *dict.fromkeys(notes), f"{run}. {_RESEARCH}"])


def _lines(report: PairReport) -> list[str]:
    names = [drug.name + (" (added)" if drug.added else "") for drug in (report.one, report.other)]
    head = f"{names[0]} – {names[1]} · {report.protocol}"
    if report.cannot_say:
        return [f"{head} · cannot say", f"  {report.cannot_say}; that does not make the pair safe"]
    if report.known:
        lines = [f"{head} · known", *(f"  known: {fact.sentence}." for fact in report.known)]
        return lines + [
            line
            for kind in report.types
            for line in [
                "  without that fact: " + _how(kind),
                *_evidence(kind, "    "),
            ]
        ]
    chance = "not said how likely" if report.interacts is None else f"interacts {_percent(report.interacts)}"
    lines = [f"{head} · {chance}" + (f" ({report.basis})" if report.basis else "")]
    for place, kind in enumerate(report.types):
        lines.append(f"  {'if so' if place == 0 else 'or'}: {_how(kind)}")
        lines += _evidence(kind, "    ") if place == 0 else []
    if report.against:
        lines += [
            f"  against that speaks, for {report.against.sentence!r}:",
            *_evidence(report.against, "    "),
        ]
    return lines


def _how(kind: LikelyType) -> str:
    chance = kind.prediction.probability
    said = "" if chance is None else f" — {_percent(chance)}, given that they interact"
    return f"{kind.sentence}{said}" + (" (held out)" if kind.prediction.held_out else "")


def _evidence(kind: LikelyType, indent: str) -> list[str]:
    return [f"{indent}{weight:.2f}  {sentence}" for weight, sentence in kind.evidence]


def _percent(chance: float) -> str:
    if chance > 0.99:
        return "> 99 %"
    return "< 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"
