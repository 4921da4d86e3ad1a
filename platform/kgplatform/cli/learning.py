"""Commands that train and measure: train, evaluate, runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from graph_schema.errors import Interrupted
from kgplatform.cli.session import Duration, Session, check_graph, command, named_value, progressing, table

if TYPE_CHECKING:
    from graph_schema.records import RunRecord
    from kgplatform.runs.registry import RunRegistry
    from kgplatform.store.protocol import GraphStore

_BELOW = {False: "", True: "below its baseline"}


@command
@click.argument("model")
@click.argument("graph")
@click.option("--config", metavar="FILE|NAME", help="File of settings (YAML or JSON), or kept ones by name.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One setting; may be repeated.")
@click.option("--relation", "relations", multiple=True, help="Learn this relation; may be repeated.")
@click.option(
    "--epoch",
    "epoch_seconds",
    type=Duration(),
    default="5m",
    show_default=True,
    help="What an epoch may take, where settings are chosen: 90s, 5m, 2h.",
)
@click.option("--budget", type=Duration(), help="End after this time of training, with the best epoch.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--seeds", type=click.IntRange(1), help="Train this many runs, from --seed on.")
@click.option("--run", metavar="ID", help="Id that the run gets; an interrupted one of that id goes on.")
@click.option("--resume", metavar="RUN", help="Go on with an interrupted run.")
@click.option("--promote", is_flag=True, help="Promote it too, unless another run did better.")
@click.option("--device", default="cpu", show_default=True)
@click.option(
    "--threads", type=click.IntRange(1), help="CPU threads; default all. A run resumed keeps its own."
)
def train(
    session: Session,
    model: str,
    graph: str,
    config: str | None,
    settings: tuple[str, ...],
    relations: tuple[str, ...],
    epoch_seconds: float,
    budget: float | None,
    seed: int,
    seeds: int | None,
    run: str | None,
    resume: str | None,
    promote: bool,
    device: str,
    threads: int | None,
) -> None:
    """Train MODEL on GRAPH, choose on validation, report on test, keep the run.

    Without --relation all relations are learned, or the graph's target alone where an epoch of all takes
    longer than --epoch.

    Example: kgp train red_gnn umls --seeds 3
    """
    if resume and (seeds or config or settings or relations or budget):
        raise click.UsageError(
            "--resume goes on with the run's own settings; leave out --seeds, --config, --set, --relation, "
            "--budget"
        )
    if run and (seeds or resume):
        raise click.UsageError("--run names one run; leave out --seeds and --resume")
    chosen = dict(named_value("--set", s) for s in settings)
    chosen |= {} if budget is None else {"budget": budget}
    records: list[RunRecord] = []
    with progressing("loading the model") as progress:
        from kgplatform.jobs.pipeline import retrain
        from kgplatform.jobs.promoting import Promotion
        from trainers.kernels.threads import use_threads
        from trainers.registry import task_of

        shown = task_of(model).figures
        use_threads(threads)
        with session.store() as store:
            registry = session.registry(store)
            for number in range(seed, seed + (seeds or 1)):
                with _resumable(registry, model, graph, resume or run):
                    records.append(
                        retrain(
                            store,
                            registry,
                            graph,
                            model,
                            config=config,
                            settings=chosen,
                            relations=relations,
                            epoch_seconds=epoch_seconds,
                            seed=number,
                            run=run,
                            resume=resume,
                            device=device,
                            promotion=Promotion() if promote else None,
                            progress=progress,
                        )
                    )
    session.print(
        [_result(r, r.graph, "test", r.metrics["test"]) for r in records], lambda: _trained(records, shown)
    )


@command
@click.argument("run")
@click.option("--split", type=click.Choice(["valid", "test"]), default="test", show_default=True)
@click.option("--by", metavar="WHAT", help="Break the figures down: relation, degree, type, protocol.")
@click.option("--on", metavar="GRAPH", help="Another graph with the same relations (inductive).")
@click.option("--dims", type=click.IntRange(1), help="Coordinates that vectors are cut to; default all.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads; default all.")
def evaluate(
    session: Session,
    run: str,
    split: str,
    by: str | None,
    on: str | None,
    dims: int | None,
    threads: int | None,
) -> None:
    """Judge RUN by the held-out facts of a split; of rankings filtered, in both directions.

    Example: kgp evaluate RUN --split test --by relation
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.serving.evaluating import evaluate_run
        from kgplatform.serving.matrices import parts_of
        from trainers.kernels.threads import use_threads
        from trainers.registry import load_task

        use_threads(threads)
        registry = session.registry(store)
        record, report = evaluate_run(
            store, registry, run, split=split, by=by, on=on, dims=dims, progress=progress
        )
        shown = load_task(record.task).figures
    values = _result(record, on or record.graph, split, report.figures)
    whole = "all"
    if dims is not None:
        floats = dims * parts_of(registry, record.id)
        values |= {"dims": dims, "floats": floats}
        whole = f"all, {dims} dimensions ({floats} floats)"
    if by:
        values[f"by_{by}"] = report.slices
    rows = [(whole, report.figures), *report.slices.items()]
    columns = [name for name in (*shown, "answers", "pairs") if name in report.figures]
    session.print(
        values,
        lambda: table([[name, *(m.get(k) for k in columns)] for name, m in rows], [by or "", *columns]),
    )


@command
@click.argument("graph", metavar="[GRAPH|RUN]", required=False)
@click.option("--card", is_flag=True, help="How good RUN is at each of its widths.")
def runs(session: Session, graph: str | None, card: bool) -> None:
    """One row a run of GRAPH or of all graphs; runs that differ only in their seed also as mean ± spread.

    Of one RUN, by its id or how that begins, also the texts that it has, and with --card its card.

    Example: kgp runs umls
    """
    from graph_schema.errors import UsageError
    from kgplatform.cli.cards import card_text
    from kgplatform.runs.comparing import run_rows, seed_rows

    with session.store(prepare=False) as store:
        registry = session.registry(store)
        records, unreadable = registry.readable()
        one = _one_run(records, store, graph)
        if graph is not None and one is None:
            check_graph(store, graph, also=(r.graph for r in records))
        rows = run_rows(store, [one] if one else [r for r in records if graph in (None, r.graph)])
    for error in unreadable:
        click.echo(f"left out: {error}", err=True)
    if card:
        if one is None or one.card is None:
            raise UsageError(
                f"--card of {f'run {one.id!r} of {one.model}' if one else graph or 'all runs'}; wanted one "
                "run of a model with several widths, such as med"
            )
        printed, run = one.card, one.id
        session.print({"run": run} | printed.model_dump(), lambda: card_text(run, printed))
        return
    groups = seed_rows(rows)

    def text() -> str:
        if not rows:
            return "no runs yet; train one with `kgp train red_gnn GRAPH`"
        keys = ("run", "status", "seed", "metric_title", "valid", "test", "baseline", "seconds")
        header = [*(key.removesuffix("_title") for key in keys), ""]
        if any(r["asked"] for r in rows):
            header[-1:] = ["learned", ""]
        told = [[", ".join(r["asked"] or ["all"])] if "learned" in header else [] for r in rows]
        table_of_runs = table(
            [
                [*(r[k] for k in keys), *what, _BELOW[r["below_baseline"]]]
                for r, what in zip(rows, told, strict=True)
            ],
            header,
        )
        if one:
            return "\n\n".join([table_of_runs, *(f"{name}:\n{said}" for name, said in one.texts.items())])
        shown = [
            [g["graph"], g["model"], len(g["seeds"]), g["metric_title"], _spread(g), g["baseline"],
             _BELOW[g["below_baseline"]]]
            for g in groups
        ]  # fmt: skip
        return (
            table_of_runs
            + "\n\n"
            + table(shown, ["graph", "model", "seeds", "metric", "test", "baseline", ""])
        )

    session.print(rows, text)


def _one_run(records: Sequence[RunRecord], store: GraphStore, name: str | None) -> RunRecord | None:
    """The run that is called so, or the only one that begins so; None where it is the name of a graph."""
    if name is None or name in {*(g["name"] for g in store.graphs()), *(r.graph for r in records)}:
        return None
    found = [r for r in records if r.id == name] or [r for r in records if r.id.startswith(name)]
    return found[0] if len(found) == 1 else None


@contextmanager
def _resumable(registry: RunRegistry, model: str, graph: str, resumed: str | None) -> Iterator[None]:
    """Ctrl-C and SIGTERM end a training alike. Raises: Interrupted: how to go on."""
    before = set(registry.ids())
    with _stopped_by_sigterm():
        try:
            yield
        except KeyboardInterrupt:
            begun = [r for r in registry.all(graph) if r.id not in before and r.status == "interrupted"]
            run = resumed or (begun[-1].id if begun else None)
            if run is None:
                raise
            how = f"go on with: kgp train {model} {graph} --resume {run}"
            raise Interrupted(f"training was stopped; what it learned is kept\n{how}") from None


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """What a scheduler sends ends the work inside as Ctrl-C does; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _spread(group: Mapping[str, Any]) -> str:
    mean = f"{group['mean']:.4f}"
    return mean if group["spread"] is None else f"{mean} ± {group['spread']:.4f}"


def _result(record: RunRecord, graph: str, split: str, metrics: Mapping[str, float]) -> dict[str, Any]:
    return {
        "run": record.id,
        "model": record.model,
        "graph": graph,
        "fingerprint": record.fingerprint,
        "seed": record.seed,
        "split": split,
        "metrics": dict(metrics),
        "seconds": record.seconds,
    }


def _trained(records: list[RunRecord], shown: Sequence[str]) -> str:
    columns = [name for name in shown if any(name in r.metrics["test"] for r in records)]
    rows = [
        [
            r.id,
            r.seed,
            *(r.metrics["test"].get(k) for k in columns),
            r.deciding("test", baseline=True),
            r.seconds,
        ]
        for r in records
    ]
    return table(rows, ["run", "seed", *(f"test {k}" for k in columns), "baseline", "seconds"])
