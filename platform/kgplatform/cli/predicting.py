"""Commands that ask a run and write back what it says: predict, explain, promote, rollback."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from graph_schema.wording import Phrasebook
from kgplatform.cli.session import Session, check_graph, command, progressing, table

if TYPE_CHECKING:
    from graph_schema.records import EvidenceCase, EvidencePath, Prediction


@command
@click.argument("run")
@click.option("--head", help="Entity the query starts from: key, id or unique name.")
@click.option(
    "--relation", help="Relation, or a type of several; default what the run learned, or the graph's target."
)
@click.option("--tail", help="Entity the query ends at.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Predictions shown.")
@click.option(
    "--queries",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Heads asked when none is given.",
)
@click.option("--paths", type=click.IntRange(0), default=3, show_default=True, help="Evidence paths each.")
@click.option("--dims", type=click.IntRange(1), help="Coordinates that vectors are cut to; default all.")
def predict(
    session: Session,
    run: str,
    head: str | None,
    relation: str | None,
    tail: str | None,
    top: int,
    queries: int,
    paths: int,
    dims: int | None,
) -> None:
    """The best answers to (head, relation, ?), to (?, relation, tail), or of a whole relation.

    Example: kgp predict RUN --head Warfarin --relation INTERACTS_WITH --top 5
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform import views
        from kgplatform.serving.loading import Serving

        served = Serving(store, session.registry(store)).serve(run, dims=dims, progress=progress)
        found = served.predict(
            head=head, relation=relation, tail=tail, top=top, queries=queries, paths=paths, progress=progress
        )
        names, phrases = served.graph.names, Phrasebook(views.relations(store, served.graph.name))
    said = "" if dims is None else f"by the first {dims} dimensions; no probability was measured there\n\n"
    session.print([prediction_json(p) for p in found], lambda: said + prediction_table(found, names, phrases))


@command
@click.argument("run")
@click.argument("head")
@click.argument("relation")
@click.argument("tail")
@click.option("--paths", type=click.IntRange(1), default=5, show_default=True, help="Evidence paths.")
def explain(session: Session, run: str, head: str, relation: str, tail: str, paths: int) -> None:
    """Why RUN believes that HEAD RELATION TAIL; a known fact is judged as if it were not known.

    Example: kgp explain RUN Warfarin INTERACTS_WITH Ibuprofen
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform import views
        from kgplatform.serving.loading import Serving

        served = Serving(store, session.registry(store)).serve(run, progress=progress)
        found = served.explain(head, relation, tail, paths=paths)
        names, phrases = served.graph.names, Phrasebook(views.relations(store, served.graph.name))

    def text() -> str:
        lines = [prediction_table([found], names, phrases), ""]
        if not found.paths and not found.cases:
            lines.append("the model names no evidence for it")
        lines += [f"{case.weight:.4f}  {case_text(case, names, phrases)}" for case in found.cases]
        for path in found.paths:
            lines.append(f"{path.weight:.4f}  {path_text(path, found.head, names, phrases)}")
            rule = phrases[found.relation].rule(path.support, path.pairs, path.heads)
            lines += [f"        {rule}"] if rule else []
        return "\n".join(lines)

    session.print(prediction_json(found), text)


@command
@click.argument("run")
@click.option(
    "--relation", help="Relation, or a type of several; default what the run learned, or the graph's target."
)
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Predictions of a query.")
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True, help="Heads asked.")
@click.option("--paths", type=click.IntRange(1), default=3, show_default=True, help="Evidence paths each.")
@click.option(
    "--at-once",
    type=click.IntRange(0),
    metavar="NUMBERS",
    help="Stage vectors and values of more numbers than these; default what one transaction holds.",
)
def promote(
    session: Session,
    run: str,
    relation: str | None,
    top: int,
    queries: int,
    paths: int,
    at_once: int | None,
) -> None:
    """Write the best predictions of RUN with their evidence into its graph, in one transaction.

    With them go the vectors, values and texts that the run has.

    Example: kgp promote RUN --top 10 --queries 200
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.jobs.promoting import Promotion
        from kgplatform.jobs.promoting import promote as write

        asked = Promotion(relation, top, queries, paths)
        asked = asked if at_once is None else replace(asked, at_once=at_once)
        found = write(store, session.registry(store), run, asked, progress=progress)
    values = {"run": run, "predictions": len(found), "held_out": sum(p.held_out for p in found)}
    session.print(
        values, lambda: f"{len(found)} predictions written; of facts held out: {values['held_out']}"
    )


@command
@click.argument("graph")
@click.option("--model", help="The last promotion of this model.")
@click.option("--relation", help="This relation's predictions alone.")
def rollback(session: Session, graph: str, model: str | None, relation: str | None) -> None:
    """Undo the last promotion: what stood before it stands again.

    Example: kgp rollback umls
    """
    from kgplatform.runs.promotion import rollback as put_back

    with session.store() as store:
        check_graph(store, graph)
        done = put_back(store, session.registry(store), graph, model, relation)
    values = {"graph": graph, "undone": done.undone, "relations": done.relations, "runs": done.again}
    stands = f"{', '.join(done.again)} is promoted again" if done.again else "nothing stood before"
    session.print(values, lambda: f"{done.undone} is rolled back in {graph}; {stands}")


def prediction_json(p: Prediction) -> dict[str, Any]:
    """A prediction as `--json` prints it."""
    values = p.model_dump(exclude={"random_faithfulness"})
    values["paths"] = [
        path.model_dump() | {"facts": [list(f) for f in path.facts], "confidence": path.confidence}
        for path in p.paths
    ]
    return values


def path_text(path: EvidencePath, start: str, names: dict[str, str], phrases: Phrasebook) -> str:
    """A path as a line: names joined by the relations, arrows saying which way each is read."""
    chain = path.entities(start)
    hops = [(relation, head == here) for (head, relation, _), here in zip(path.facts, chain, strict=False)]
    return phrases.chain([names.get(e, e) for e in chain], hops)


def _rank(p: Prediction) -> str | None:
    if p.rank_low is None or p.rank_high is None:
        return None
    return f"{p.rank_low:.0f}" if p.rank_low == p.rank_high else f"{p.rank_low:.0f}–{p.rank_high:.0f}"


def case_text(case: EvidenceCase, names: dict[str, str], phrases: Phrasebook) -> str:
    """A case as a sentence."""
    head, relation, tail = case.fact
    return phrases[relation].fact(names.get(head, head), names.get(tail, tail))


def prediction_table(predictions: list[Prediction], names: dict[str, str], phrases: Phrasebook) -> str:
    """Predictions as rows with their best evidence, relations in words; what has no rank is a sentence."""
    ranked = any(p.rank is not None for p in predictions)
    asked = any(p.interacts is not None for p in predictions)
    rows = []
    for p in predictions:
        faith = None if p.faithfulness is None or math.isnan(p.faithfulness) else p.faithfulness
        best = path_text(p.paths[0], p.head, names, phrases) if p.paths else None
        best = case_text(p.cases[0], names, phrases) if p.cases else best
        flags = {"held out": p.held_out, "seen in training": p.seen_in_training, "untrained": p.untrained}
        flag = ", ".join(name for name, holds in flags.items() if holds)
        said = phrases[p.relation]
        what = [p.head_name, said.words, p.tail_name] if ranked else [said.fact(p.head_name, p.tail_name)]
        linked = [p.interacts] if asked else []
        rows.append([*what, *linked, p.probability, *([_rank(p)] if ranked else []), faith, flag, best])
    what = ["head", "relation", "tail"] if ranked else ["prediction"]
    rank = ["rank"] if ranked else []
    chance = "probability" if ranked else "type, if it interacts"
    return table(
        rows, [*what, *(["interacts"] if asked else []), chance, *rank, "faithfulness", "", "best evidence"]
    )
