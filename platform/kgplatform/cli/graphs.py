"""Commands about graphs as such: import, status, export, drop."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kgplatform.cli.session import Session, check_graph, command, progressing, table


@command
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--domain", help="How to read them; default guessed from the content, else `triples`.")
@click.option("--as", "graph", metavar="GRAPH", help="Name of the graph; default that of the folder or file.")
@click.option(
    "--columns",
    metavar="head,tail,relation",
    help="What the columns are, where no header says it; further ones by a name, or _ to leave them out.",
)
@click.option(
    "--source",
    metavar="NAME",
    help="Name under which the facts are imported, kept with each; default the file's name.",
)
@click.option("--language", help="Of the names wanted, such as `de`, where RDF has them in several.")
@click.option(
    "--hold-out",
    metavar="SHARE",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    help="Mark this share of the facts (of the graph's target relation) valid, and as many test.",
)
@click.option(
    "--target",
    metavar="RELATION",
    help="What is held out, learned, promoted and predicted by default; default the domain's.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--skip-rejected", is_flag=True, help="Leave bad rows out instead of stopping at the first.")
def import_(
    session: Session,
    paths: tuple[Path, ...],
    domain: str | None,
    graph: str | None,
    columns: str | None,
    source: str | None,
    language: str | None,
    hold_out: float | None,
    target: str | None,
    dry_run: bool,
    skip_rejected: bool,
) -> None:
    """Import files or a folder (train, valid, test and facts are recognised; .gz too) as facts of a graph.

    Everything is checked before anything is written. The same files twice change nothing.

    Example: kgp import umls/ --as umls
    """
    # An import prepares the store itself, before its first write.
    with progressing("opening the store") as progress, session.store(prepare=False) as store:
        from kgplatform.graphs.importing import import_files

        report = import_files(
            store,
            paths,
            graph=graph,
            domain=domain,
            dry_run=dry_run,
            skip_rejected=skip_rejected,
            columns=columns.split(",") if columns else None,
            hold_out=hold_out,
            target=target,
            source=source,
            language=language,
            progress=progress,
        )
    values: dict[str, Any] = {
        "graph": report.graph,
        "domain": report.domain,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "dry_run": report.dry_run,
        "changes": {what: asdict(c) for what, c in report.changes.items()},
        "notes": list(report.notes),
    }

    def text() -> str:
        rows = [[what, c.added, c.changed, c.unchanged] for what, c in report.changes.items()]
        would = "would be " if dry_run else ""
        lines = [
            f"{report.graph} ({report.domain})",
            table(rows, ["", f"{would}added", "changed", "unchanged"]),
        ]
        lines += [f"note: {note}" for note in report.notes]
        if report.rejected:
            lines.append(f"{report.rejected} rows rejected, the first of them:")
            lines += [f"  {row}" for row in report.rejected_rows]
        return "\n".join(lines)

    session.print(values, text)


@command
@click.argument("graph", required=False)
@click.option("--verify", is_flag=True, help="Count again and check runs and predictions against each other.")
def status(session: Session, graph: str | None, verify: bool) -> None:
    """Graphs with their counts, versions and runs, and which predictions are stale.

    Example: kgp status --verify
    """
    from kgplatform import views

    with session.store(prepare=False) as store:
        rows = views.graphs(store)
        if graph is not None:
            check_graph(store, graph)
            rows = [r for r in rows if r["graph"] == graph]
        server = store.server()
        if verify:
            from kgplatform.runs.health import faults

            registry = session.registry(store)
            for row in rows:
                row["faults"] = faults(store, registry, row["graph"])

    def text() -> str:
        keys = ("graph", "domain", "nodes", "facts", "runs", "predictions", "stale", "version")
        lines = [f"{server.product} {server.version} at {server.address}"]
        lines.append(table([[r[k] for k in keys] for r in rows], keys) if rows else "no graphs yet")
        for row in rows:
            lines += [f"{row['graph']}: {fault}" for fault in row.get("faults", [])]
        if verify and not any(row["faults"] for row in rows):
            lines.append("verified: counts, runs and predictions agree")
        return "\n".join(lines)

    session.print(rows, text)
    if verify and any(row["faults"] for row in rows):
        raise click.exceptions.Exit(1)


@command
@click.argument("graph")
@click.argument("folder", type=click.Path(path_type=Path))
def export(session: Session, graph: str, folder: Path) -> None:
    """Write GRAPH as files into FOLDER, such that importing them gives the same graph.

    Example: kgp export drug drug-export/
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.graphs.exporting import export_graph

        written = export_graph(store, graph, folder, progress=progress)
    values = {"graph": graph, "files": [str(f) for f in written]}
    session.print(values, lambda: "\n".join(values["files"]))


@command
@click.argument("graph")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(session: Session, graph: str, yes: bool) -> None:
    """Remove GRAPH with its facts, predictions and runs from the database.

    Example: kgp drop old_graph --yes
    """
    with session.store() as store:
        check_graph(store, graph)
        if not yes:
            click.confirm(f"remove graph {graph!r} from the database?", abort=True, err=True)
        store.drop_graph(graph)
    session.print({"graph": graph, "dropped": True}, lambda: f"{graph} is gone")
