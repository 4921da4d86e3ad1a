"""Commands about vectors: who is like whom, and vectors from and to files."""

from __future__ import annotations

from dataclasses import asdict
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
def similar(
    session: Session,
    entity: str,
    graph: str | None,
    run: str | None,
    dims: int | None,
    type_: str | None,
    top: int,
) -> None:
    """Entities whose vectors are most like ENTITY's, by cosine; exact.

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
        found = neighbours(registry, of, run).of(entity, dims=dims, type_=type_, top=top)
    values = asdict(found)
    others = ", ".join(str(width) for width in found.widths if width != found.dims)

    def text() -> str:
        said = (
            f"like {found.name} ({found.id}) by the first {found.dims} dimensions ({found.floats} floats) of "
            f"{found.model}, run {found.run}" + (f"; also {others}" if others else "")
        )
        rows = [[n.name, n.id, n.type, n.cosine] for n in found.found]
        return f"{said}\n\n{table(rows, ['name', 'id', 'type', 'cosine'])}"

    session.print(values, text)
