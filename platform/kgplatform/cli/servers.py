"""Commands about servers and this machine: up, down, serve, doctor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from graph_schema.errors import MissingExtra
from kgplatform.cli.session import Session, command, table


@command
@click.argument("kind", required=False, type=click.Choice(["local", "neo4j"]))
def up(session: Session, kind: str | None) -> None:
    """Start the local server of the store, or a Neo4j Community (`kgp up neo4j`) fetched through Maven.

    Example: kgp up
    """
    from kgplatform import store as stores

    url = _url(session, kind)
    state = stores.up(url)
    values = {"store": url, "address": state.address, "user": state.user, "database": state.database}
    session.print(values, lambda: f"{url} is up at {state.address}, user {state.user!r}")


@command
@click.argument("kind", required=False, type=click.Choice(["local", "neo4j"]))
def down(session: Session, kind: str | None) -> None:
    """Stop the local server of the store at once; its data stay.

    Example: kgp down
    """
    from kgplatform import store as stores

    url = _url(session, kind)
    stopped = stores.down(url)
    session.print(
        {"store": url, "stopped": stopped}, lambda: f"{url} is down" if stopped else f"{url} was not running"
    )


@command
@click.option(
    "--port", type=int, default=8501, show_default=True, help="Port of the pages; 0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(session: Session, port: int, host: str) -> None:
    """Open the pages; the address is on the last line. Ctrl-C ends them.

    Example: kgp serve --port 8600
    """
    sys.exit(run_pages(session.url, host, port))


def run_pages(url: str | None, host: str, port: int) -> int:
    """Run the pages until they end; returns their exit status."""
    from kgplatform.settings import Settings

    port = port or _free_port(host)
    check_port(host, port)
    if find_spec("streamlit") is None:
        raise MissingExtra("ui", "`kgp serve`", "streamlit")
    pages = find_spec("ui")  # by name only: imports point the other way
    if pages is None or pages.origin is None:
        raise click.ClickException("the package `ui` is not installed; install kg-platform again")
    app = Path(pages.origin).parent / "app" / "main.py"
    options = {
        "server.address": host,
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "logger.level": "warning",
        "theme.light.primaryColor": "#0072B2",
        "theme.light.linkColor": "#005F96",
        "theme.dark.primaryColor": "#56B4E9",
        "theme.dark.linkColor": "#7CC6F0",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    environment = {**os.environ, "KGP_STORE": url or Settings.from_environment().store}
    process = subprocess.Popen(  # noqa: S603 (our own app, no shell)
        [sys.executable, "-m", "streamlit", "run", str(app), *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        _wait_for(host, port, process)
        click.echo(f"http://{host}:{port}")
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        process.terminate()
        process.wait()


def check_port(host: str, port: int) -> None:
    """Raises: click.UsageError where something listens on that port already."""
    if port and _taken(host, port):
        raise click.UsageError(f"port {port} of {host} is taken; choose another with --port")


@command
def doctor(session: Session) -> None:
    """Check what this machine offers and whether the store answers.

    Example: kgp doctor
    """
    from kgplatform.cli.diagnosis import diagnose

    findings = diagnose(session.url)
    rows = [[f.what, "ok" if f.ok else "–" if f.optional else "FAILED", f.found, f.advice] for f in findings]
    session.print(
        [{"what": f.what, "ok": f.ok, "found": f.found, "advice": f.advice} for f in findings],
        lambda: table(rows, ["what", "", "found", "to do"]),
    )
    if any(not f.ok and not f.optional for f in findings):
        raise click.exceptions.Exit(1)


def _url(session: Session, kind: str | None) -> str:
    from kgplatform.settings import Settings

    settings = Settings.from_environment()
    if kind == "neo4j":
        return session.url or "neo4j-local:"
    return session.url or (settings.store if kind is None else "local:")


def _free_port(host: str) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _taken(host: str, port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def _wait_for(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    import time

    began = time.monotonic()
    while not _taken(host, port):
        if process.poll() is not None or time.monotonic() - began > 60:
            raise click.ClickException(f"the pages did not start on port {port}; see the lines above")
        time.sleep(0.1)
