"""The command that shows everything on the samples, in one go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from kgplatform.cli.predicting import prediction_json, prediction_table
from kgplatform.cli.session import Session, command
from kgplatform.reporting import reporting

if TYPE_CHECKING:
    from graph_schema.records import Prediction
    from kgplatform.reporting import Reporter
    from kgplatform.store.protocol import GraphStore

SAMPLES = ("family", "concept", "drug")
_SHOWN = 5

_QUICK = {
    "layers": 3,
    "dim": 32,
    "epochs": 20,
    "patience": 6,
    "batch_size": 40,
    "learning_rate": 0.01,
    "dropout": 0.1,
}
"""Settings that learn the samples in seconds; `kgp train` takes those that suit the graph."""
_HELD_OUT = 0.1


@command
@click.option("--serve/--no-serve", default=True, help="End by serving the pages.")
@click.option(
    "--port", type=int, default=8501, show_default=True, help="Port of the pages; 0 takes a free one."
)
def quickstart(session: Session, serve: bool, port: int) -> None:
    """Start the store, load the three sample graphs, train RED-GNN on each, promote, show, open the pages.

    Example: kgp quickstart --no-serve
    """
    from kgplatform.cli.servers import check_port, run_pages

    began = time.monotonic()
    if serve:
        check_port("127.0.0.1", port)
    with session.store() as store:
        server = store.server()
        click.echo(f"{server.product} {server.version} at {server.address}", err=True)
        for domain in SAMPLES:
            with reporting() as progress:
                _one(session, store, domain, progress)
    click.echo(f"done in {time.monotonic() - began:.0f} s", err=True)
    if serve:
        raise click.exceptions.Exit(run_pages(session.url, "127.0.0.1", port))


def _one(session: Session, store: GraphStore, domain: str, progress: Reporter) -> None:
    from graph_schema.domains import load_domain, sample_folder
    from graph_schema.wording import Phrasebook
    from kgplatform import views
    from kgplatform.graphs.importing import import_files
    from kgplatform.jobs.pipeline import retrain
    from kgplatform.jobs.promoting import Promotion, promote

    registry = session.registry(store)
    import_files(
        store, [sample_folder(domain)], graph=domain, domain=domain, hold_out=_HELD_OUT, progress=progress
    )
    record = retrain(store, registry, domain, "red_gnn", settings=_QUICK, seed=0, progress=progress)
    promotion = Promotion(top=3, queries=120, sample=40)
    predictions = promote(store, registry, record.id, promotion, progress=progress)
    progress.close()
    names = {e: n for p in predictions for e, n in ((p.head, p.head_name), (p.tail, p.tail_name))}
    names |= _names(store, domain, predictions)
    schema, phrases = load_domain(domain), Phrasebook(views.relations(store, domain))
    test, baseline = record.deciding("test"), record.deciding("test", baseline=True)
    values: dict[str, Any] = {
        "graph": domain,
        "run": record.id,
        "metric": record.metric.name,
        "test": test,
        "baseline": baseline,
        "predictions": [prediction_json(p) for p in predictions[:_SHOWN]],
    }

    def text() -> str:
        lines = [f"\n{schema.title}: test {record.metric.title} {test:.3f} (baseline {baseline:.3f})"]
        if schema.disclaimer:
            lines.append(schema.disclaimer)
        lines.append(prediction_table(predictions[:_SHOWN], names, phrases))
        return "\n".join(lines)

    session.print(values, text)


def _names(store: GraphStore, graph: str, predictions: list[Prediction]) -> dict[str, str]:
    from kgplatform import views

    ids = {e for p in predictions[:_SHOWN] for path in p.paths for h, _, t in path.facts for e in (h, t)}
    return {i: row["name"] for i, row in views.entities(store, graph, sorted(ids)).items()}
