"""The command that asks in Cypher, read-only."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import click

from kgplatform.cli.session import Session, command, named_value, table

if TYPE_CHECKING:
    from kgplatform.store.protocol import QueryResult


@command
@click.argument("cypher")
@click.option("-p", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of $NAME; JSON or text.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Rows at most.")
@click.option("--deadline", type=float, default=30.0, show_default=True, help="Seconds at most.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json"]), default="table")
def query(
    session: Session, cypher: str, parameters: tuple[str, ...], limit: int, deadline: float, shape: str
) -> None:
    """Run a read-only statement on the store; what could write is refused.

    Example: kgp query "MATCH (r:Run) RETURN r.id, r.test_mrr ORDER BY r.id"
    """
    values = dict(named_value("-p", p) for p in parameters)
    with session.store(prepare=False) as store:
        result = store.query(cypher, values, limit=limit, deadline=deadline)
    click.echo(_shown(result, "json" if session.as_json else shape), nl=False)
    if result.truncated:
        click.echo(f"cut after {limit} rows; raise --limit for more", err=True)


def _shown(result: QueryResult, shape: str) -> str:
    if shape == "json":
        rows = (dict(zip(result.columns, row, strict=True)) for row in result.rows)
        return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    if shape == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
        return out.getvalue()
    return table(result.rows, result.columns) + "\n"
