"""What tests share: two running servers, a store on each, fresh graph names, and the test data."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import pytest

from graph_schema.errors import StoreError
from graph_schema.records import RunRecord
from kgplatform.opening import registry_of
from kgplatform.runs.registry import RunRegistry
from kgplatform.settings import Settings
from kgplatform.store import down, open_store
from kgplatform.store.protocol import GraphStore
from trainers.devices import fault_of

ServerName = Literal["arcadedb", "neo4j"]
SERVERS: tuple[ServerName, ...] = ("arcadedb", "neo4j")

_IN_CI = os.environ.get("CI", "").lower() == "true"
_met: dict[str, str] = {}


def missing(reason: str) -> NoReturn:
    """Skip here; fail in CI, where a skipped server would go unnoticed."""
    if _IN_CI:
        pytest.fail(f"{reason} (a failure because CI=true)", pytrace=False)
    pytest.skip(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the contract tests of the models compute."""
    parser.addoption("--device", default="cpu", help="a torch device name, for the contracts of the models")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a device that is not here, once and before all tests.

    And Ctrl-C reaches what tests start, even where the tests themselves run in the background of a shell.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    device: str = config.getoption("--device")
    fault = fault_of(device) if device != "cpu" else None
    if fault is not None:
        raise pytest.UsageError(
            f"--device {device}: no such device here ({fault.splitlines()[0]}); wanted one that torch can "
            "use. Leave --device away for the processor"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers the tests have talked to."""
    if _met:
        terminalreporter.section("servers")
        for name in sorted(_met):
            terminalreporter.write_line(f"{name}: {_met[name]}")


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of this process and those it starts: never that of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("kgp-data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGP_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The torch device of --device."""
    found: str = request.config.getoption("--device")
    return found


@pytest.fixture(scope="session")
def settings(data_folder: Path) -> Settings:
    """Settings of the test run; local servers get little memory."""
    return Settings.from_environment().model_copy(update={"heap": "1g"})


@pytest.fixture(scope="session")
def arcadedb_store(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[GraphStore]:
    """A store on an ArcadeDB server that lives as long as the test run."""
    url = f"local:{tmp_path_factory.mktemp('arcadedb')}"
    yield from _serving(url, settings, "arcadedb")


@pytest.fixture(scope="session")
def neo4j_store(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[GraphStore]:
    """A store on a real Neo4j: that of KGP_TEST_NEO4J_URL, or one that lives as long as the test run."""
    url = os.environ.get("KGP_TEST_NEO4J_URL") or f"neo4j-local:{tmp_path_factory.mktemp('neo4j')}"
    yield from _serving(url, settings, "neo4j")


def _serving(url: str, settings: Settings, name: ServerName) -> Iterator[GraphStore]:
    try:
        store = open_store(url, settings)
    except StoreError as error:
        missing(f"no {name} server: {error}")
    info = store.server()
    _met[name] = f"{info.product} {info.version} at {info.address}"
    store.prepare()
    yield store
    store.close()
    if url.startswith(("local:", "neo4j-local:")):
        down(url, settings)


@pytest.fixture(scope="session")
def store_on(request: pytest.FixtureRequest) -> Callable[[ServerName], GraphStore]:
    """The store on a server of that name, started at first use."""

    def get(name: ServerName) -> GraphStore:
        store: GraphStore = request.getfixturevalue(f"{name}_store")
        return store

    return get


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest) -> GraphStore:
    """A store, on each server in turn."""
    found: GraphStore = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def graph(store: GraphStore) -> Iterator[str]:
    """A graph name nobody else uses; what was imported under it is removed afterwards."""
    name = f"test-{secrets.token_hex(4)}"
    yield name
    if any(g["name"] == name for g in store.graphs()):
        store.drop_graph(name)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of KGP_TEST_DATA."""
    folder = os.environ.get("KGP_TEST_DATA")
    if not folder:
        pytest.skip("KGP_TEST_DATA names no folder with the test data")
    if not Path(folder).is_dir():
        pytest.fail(f"KGP_TEST_DATA={folder!r} is no folder", pytrace=False)
    return Path(folder)


@dataclass(frozen=True)
class Loop:
    """A store holding the drug sample as `drug`, with two seeds of RED-GNN trained and promoted."""

    store: GraphStore
    registry: RunRegistry
    runs: tuple[RunRecord, RunRecord]
    environment: dict[str, str]


@pytest.fixture(scope="session", params=SERVERS)
def loop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The whole loop done once, on each server in turn."""
    from graph_schema.domains import sample_folder
    from kgplatform.graphs.importing import import_files
    from kgplatform.jobs.pipeline import retrain
    from kgplatform.jobs.promoting import Promotion, promote
    from tests.small_graphs import silent

    store: GraphStore = request.getfixturevalue(f"{request.param}_store")
    environment = {"KGP_STORE": store.url, "KGP_DATA": str(tmp_path_factory.mktemp("data"))}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        registry = registry_of(store)
    import_files(store, [sample_folder("drug")], graph="drug", domain="drug")
    runs = []
    for seed in (0, 1):
        settings = {"epochs": 4, "layers": 3, "dim": 16}
        run = retrain(store, registry, "drug", "red_gnn", settings=settings, seed=seed, progress=silent)
        promote(store, registry, run.id, Promotion(top=3, queries=15, sample=20), progress=silent)
        runs.append(registry.read(run.id))
    yield Loop(store, registry, (runs[0], runs[1]), environment)
    store.drop_graph("drug")
