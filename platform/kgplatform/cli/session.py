"""What every command shares: the store it talks to and how it prints."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kgplatform.reporting import FORM, Form, Reporter, reporting

if TYPE_CHECKING:
    from kgplatform.runs.registry import RunRegistry
    from kgplatform.store.protocol import GraphStore


_WIDEST = 160
"""Characters of a cell of a table; `--json` and `--format csv` show everything."""


class Session:
    """One call of the command line: `--store` and `--json`, wherever they were given."""

    def __init__(self, store: str | None, as_json: bool) -> None:
        self.url, self.as_json = store, as_json

    @contextmanager
    def store(self, *, prepare: bool = True) -> Iterator[GraphStore]:
        """The store, closed at the end. Args: prepare: its constraints; who only reads goes without."""
        from kgplatform.opening import connect

        opened = connect(self.url, prepare=prepare)
        try:
            yield opened
        finally:
            opened.close()

    def registry(self, store: GraphStore) -> RunRegistry:
        """Where the store's runs are kept."""
        from kgplatform.opening import registry_of

        return registry_of(store)

    def print(self, values: Mapping[str, Any] | Sequence[Mapping[str, Any]], text: Callable[[], str]) -> None:
        """One JSON object, or one line an item, with `--json`; else the text."""
        if not self.as_json:
            click.echo(text())
            return
        for item in [values] if isinstance(values, Mapping) else values:
            click.echo(json.dumps(item, ensure_ascii=False, default=str))


def check_graph(store: GraphStore, graph: str, also: Iterable[str] = ()) -> None:
    """Raises: UnknownName: the store has no graph of that name, and neither has `also`."""
    from graph_schema.errors import UnknownName

    names = {*(g["name"] for g in store.graphs()), *also}
    if graph not in names:
        raise UnknownName("graph", graph, names)


@contextmanager
def progressing(first: str) -> Iterator[Reporter]:
    """Progress for the length of a block; the first line comes before anything is loaded or started."""
    with reporting() as progress:
        progress(first, 0, 1)
        yield progress


def command(function: Callable[..., Any]) -> click.Command:
    """A command that takes `--store` and `--json` too and gets a `Session` first."""

    @click.command(function.__name__.rstrip("_"), help=function.__doc__)
    @click.option("--store", "own_store", metavar="URL", help="Where the graphs are.")
    @click.option("--json", "own_json", is_flag=True, help="Print JSON for machines.")
    @click.option(
        "--progress",
        "own_progress",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How progress is told on stderr: for people, or a JSON object a line.",
    )
    @click.pass_context
    @functools.wraps(function)
    def wrapped(
        ctx: click.Context, /, *args: Any, own_store: str | None, own_json: bool, own_progress: Form,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        FORM.set(own_progress)
        given = ctx.obj or {"store": None, "as_json": False}
        session = Session(own_store or given["store"], own_json or given["as_json"])
        return function(session, *args, **kwargs)

    return wrapped


class Duration(click.ParamType[float]):
    """Seconds, from a number with or without a unit: 90, 90s, 5m, 2h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See `click.ParamType.convert`."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        seconds = float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
        if not 0 < seconds < 1e9:
            self.fail(f"{value!r}; wanted a time such as 90s, 5m or 2h", param, ctx)
        return seconds


def named_value(option: str, text: str) -> tuple[str, Any]:
    """NAME=VALUE as given to an option; the value is JSON, or else text. Raises: click.UsageError."""
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"{option} {text!r}: wanted NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def table(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> str:
    """Rows as aligned text; numbers to the right, wide characters counted as such."""
    cells = [[_text(v) for v in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(header, *cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(r[i], int | float | None) for r in rows) for i in range(len(header))
    ]

    def line(values: Sequence[str]) -> str:
        padded = []
        for value, width, number in zip(values, widths, right, strict=True):
            pad = " " * (width - _width(value))
            padded.append(pad + value if number else value + pad)
        return "  ".join(padded).rstrip()

    return "\n".join([line(header), "  ".join("─" * w for w in widths), *map(line, cells)])


def _width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # with tables of its own

    return max(0, wcswidth(text))  # -1 where a character takes no place


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) >= 10 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    text = str(value).replace("\n", " ")
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
