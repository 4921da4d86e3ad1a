"""Commands about vectors: who is like whom, and vectors from and to files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgplatform.cli.session import Session, check_graph, command, progressing, table

if TYPE_CHECKING:
    from kgplatform.graphs.pulling import PulledGraph


@command
@click.argument("entity")
@click.option("--graph", help="Where it is; default the one graph with vectors that has it.")
@click.option("--run", help="Whose vectors; default those that stand in the graph.")
@click.option("--dims", type=click.IntRange(1), help="Coordinates compared, one of the run's; default all.")
@click.option("--type", "type_", help="Only entities of this type.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Entities shown.")
@click.option(
    "--index", is_flag=True, help="Ask Neo4j's vector index over --dims, order by all; approximate."
)
def similar(
    session: Session,
    entity: str,
    graph: str | None,
    run: str | None,
    dims: int | None,
    type_: str | None,
    top: int,
    index: bool,
) -> None:
    """Entities whose vectors are most like ENTITY's, by cosine; exact unless --index is given.

    Example: kgp similar Warfarin --type Drug --dims 32
    """
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.graphs.pulling import pull
        from kgplatform.serving.similar import graph_of_entity, neighbours, run_with_vectors

        registry = session.registry(store)
        pulled: dict[str, PulledGraph] = {}
        if graph is None:
            graph = registry.read(run).graph if run else graph_of_entity(store, entity, pulled, progress)
        check_graph(store, graph)
        run = run or run_with_vectors(store, graph)
        of = pulled.get(graph) or pull(store, graph, progress=progress)
        near = neighbours(registry, of, run)
        if index:
            found = near.of_index(store, entity, dims=dims, type_=type_, top=top, progress=progress)
        else:
            found = near.of(entity, dims=dims, type_=type_, top=top)
    values = asdict(found)
    others = ", ".join(str(width) for width in found.widths if width != found.dims)

    def text() -> str:
        said = (
            f"like {found.name} ({found.id}) by the first {found.dims} dimensions ({found.floats} floats) of "
            f"{found.model}, run {found.run}"
            + (f"; also {others}" if others else "")
            + (f"; found by the server's index, in order by all {found.widths[-1]}" if found.by_index else "")
        )
        rows = [[n.name, n.id, n.type, n.cosine] for n in found.found]
        return f"{said}\n\n{table(rows, ['name', 'id', 'type', 'cosine'])}"

    session.print(values, text)


@command
@click.argument("run", required=False)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dims", type=click.IntRange(1), help="Coordinates written, one of the run's; default all.")
@click.option(
    "--from", "source", metavar="FILE", type=click.Path(path_type=Path), help="Take in the vectors of this."
)
@click.option("--graph", help="The graph whose entities they are of, by id or unique name.")
@click.option("--as", "name", metavar="NAME", help="What to call them: in `kgp runs`, and as a property.")
def vectors(
    session: Session,
    run: str | None,
    file: Path | None,
    dims: int | None,
    source: Path | None,
    graph: str | None,
    name: str | None,
) -> None:
    """Write the vectors of RUN's entities to FILE; or take in those of a file, as a run of their own.

    The suffix says how: .npz with arrays ids and vectors, .safetensors with a tensor vectors and ids in the
    metadata, .txt and .vec as word2vec writes text.

    Example: kgp vectors RUN vectors.npz --dims 32

    Example: kgp vectors --from node2vec.vec --graph drug --as node2vec
    """
    if run and file and not (source or graph or name):
        _write(session, run, file, dims)
    elif source and graph and name and not (run or file or dims):
        _take_in(session, source, graph, name)
    else:
        raise click.UsageError(
            "wanted either RUN FILE, to write a run's vectors, or --from FILE --graph GRAPH --as NAME, to "
            "take in those of a file"
        )


def _write(session: Session, run: str, file: Path, dims: int | None) -> None:
    with progressing("opening the store"), session.store(prepare=False) as store:
        from kgplatform.jobs.bridging import write_out

        done = write_out(session.registry(store), run, file, dims=dims)
    values = {
        "run": done.run.id,
        "model": done.run.model,
        "graph": done.run.graph,
        "file": str(file),
        "entities": done.entities,
        "dims": done.dims,
        "floats": done.floats,
    }
    session.print(
        values,
        lambda: (
            f"{file}: vectors of {done.entities} entities, {done.dims} dimensions ({done.floats} floats) of "
            f"{done.run.model}, run {done.run.id}"
        ),
    )


def _take_in(session: Session, source: Path, graph: str, name: str) -> None:
    with progressing("opening the store") as progress, session.store() as store:
        from kgplatform.jobs.bridging import take_in

        check_graph(store, graph)
        done = take_in(store, session.registry(store), graph, source, name, progress=progress)
    values = {
        "run": done.run.id,
        "model": name,
        "graph": graph,
        "file": str(source),
        "rows": done.rows,
        "matched": done.rows - len(done.unmatched),
        "by_name": done.by_name,
        "unmatched": done.unmatched,
        "without": done.without,
    }
    session.print(values, lambda: f"run {done.run.id}\nnote: {done.note()}")
