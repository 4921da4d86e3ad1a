"""kill -9, lost answers, lost locks and outages in short; `python acceptance/crash.py` does it at length."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from graph_schema.domains import sample_folder
from graph_schema.errors import GraphBusy, StoreUnreachable
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import promotion
from kgplatform.runs.registry import RunRegistry
from kgplatform.settings import Settings
from kgplatform.store import open_store, server_state
from kgplatform.store.protocol import GraphStore, Transaction
from measuring.differential import version_of
from measuring.killing import graph_or_none, import_faults, promotion_faults, same, started
from measuring.proxy import Proxy
from tests.small_graphs import silent

SAMPLE = sample_folder("drug")
T = TypeVar("T")


class Through:
    """A store with something that happens around its writes."""

    def __init__(self, store: GraphStore, write: Callable[[Callable[[Transaction], Any]], Any]) -> None:
        self._store, self.write = store, write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def proxied(store: GraphStore, settings: Settings) -> Iterator[tuple[Proxy, str, Settings]]:
    """A proxy in front of the store, the address of a store behind it, and settings to open that with."""
    state = server_state(store.url, settings)
    if state is None:
        pytest.skip("the server is not a local one")
    proxy = Proxy(state.address)
    login = {"store_user": state.user, "store_password": SecretStr(state.password)}
    yield (
        proxy,
        f"bolt://127.0.0.1:{proxy.port}?database={state.database}",
        settings.model_copy(update=login),
    )
    proxy.close()


def test_a_killed_import_is_completed_by_the_next(store: GraphStore, graph: str) -> None:
    arguments = ("import", str(SAMPLE), "--domain", "drug", "--as", graph)
    with started(store.url, *arguments) as running:
        assert running.said("writing", 300), running.stderr()
    with store.lock(graph, "looking"):  # taken from the killed one at once
        found = graph_or_none(store, graph)
    with started(store.url, *arguments) as running:
        ended = running.end()
    assert ended.status == 0, ended.stderr
    whole = store.get_graph(graph)
    assert import_faults(found, whole, 10_000) == []
    store.drop_graph(graph)
    import_files(store, [SAMPLE], graph=graph, domain="drug")
    assert same(store.get_graph(graph), whole)


def test_an_outage_is_waited_out_with_a_message(
    store: GraphStore,
    graph: str,
    proxied: tuple[Proxy, str, Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy, url, settings = proxied
    behind = open_store(url, settings)
    cut: list[threading.Thread] = []

    def cut_once(what: str, done: float, total: float) -> None:
        if what == "writing nodes" and not cut:
            down = threading.Event()

            def outage() -> None:
                with proxy.outage(3.0):
                    down.set()

            cut.append(threading.Thread(target=outage))
            cut[0].start()
            assert down.wait(10)

    import_files(behind, [SAMPLE], graph=graph, domain="drug", progress=cut_once)
    cut[0].join()
    behind.close()
    assert "is out of reach; waiting for it, up to 60 s" in caplog.text
    assert "answers again after" in caplog.text
    assert len(store.get_graph(graph).facts) == 1105
    assert import_files(store, [SAMPLE], graph=graph, domain="drug").added == 0


def test_patience_has_an_end(proxied: tuple[Proxy, str, Settings]) -> None:
    proxy, url, settings = proxied
    behind = open_store(url, settings.model_copy(update={"store_wait": 1.0}))
    with proxy.outage(0.0), pytest.raises(StoreUnreachable, match="Waited 1 s for it") as error:
        behind.read("RETURN 1 AS one")
    assert error.value.exit_status == 4
    assert behind.read("RETURN 1 AS one") == [{"one": 1}]
    behind.close()


def test_a_promotion_whose_answer_was_lost_and_one_whose_lock_was(
    store: GraphStore, graph: str, tmp_path: Path
) -> None:
    registry = RunRegistry(tmp_path / "runs")
    import_files(store, [SAMPLE], graph=graph, domain="drug")
    runs = [retrain(store, registry, graph, "frequency", seed=s, progress=silent) for s in (0, 1, 2)]
    predictions = promote(store, registry, runs[0].id, Promotion(top=2, queries=5), progress=silent)
    wanted = {run.id: len(predictions) for run in runs}

    def twice(work: Callable[[Transaction], T]) -> T:
        store.write(work)  # it takes effect, and nobody hears of it
        return store.write(work)

    def robbed(work: Callable[[Transaction], T]) -> T:
        with store.transaction() as transaction:
            transaction.run("MATCH (g:Graph {name: $g}) SET g.lock_token = 'thief'", {"g": graph})
        return store.write(work)

    def put(run: int, write: Callable[..., Any]) -> tuple[str, ...]:
        through: Any = Through(store, write)
        version = version_of(store, graph)
        return promotion.promote(through, registry, runs[run], predictions, version=version)

    assert put(1, twice) == (runs[0].id,)
    assert promotion_faults(store, graph, "frequency", wanted) == []
    with pytest.raises(GraphBusy, match="lost to another writer"):
        put(2, robbed)
    with store.transaction() as transaction:
        transaction.run("MATCH (g:Graph {name: $g}) SET g.lock_token = null", {"g": graph})
    assert promotion_faults(store, graph, "frequency", wanted) == []
    status = "MATCH (r:Run {graph: $g, status: 'promoted'}) RETURN r.id AS id"
    assert store.read(status, {"g": graph}) == [{"id": runs[1].id}]
    through: Any = Through(store, twice)
    assert promotion.rollback(through, registry, graph).again == (runs[0].id,)
    assert promotion_faults(store, graph, "frequency", wanted) == []
