"""Life of a local server: one for all users, gone when unused, back after it or its supervisor was killed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from graph_schema.errors import StoreError, StoreUnreachable
from kgplatform.processes import ProcessMark, process_place
from kgplatform.servers import neo4j_community
from kgplatform.servers.state import ServerState, write_state
from kgplatform.settings import Settings
from kgplatform.store import down, open_store, server_state, up

_USER = """
import sys
from kgplatform.store import open_store
store = open_store(sys.argv[1])
print(store.server().address, store.read("RETURN 1 AS one")[0]["one"])
"""


def until(condition: Callable[[], bool], seconds: float = 180.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def url(tmp_path: Path, settings: Settings) -> Iterator[str]:
    address = f"local:{tmp_path / 'store'}"
    yield address
    down(address, settings)


def state_of(url: str, settings: Settings) -> ServerState:
    state = server_state(url, settings)
    assert state is not None
    assert state.server is not None
    return state


def mark_of_server(state: ServerState) -> ProcessMark:
    assert state.server is not None
    return state.server


def write_something(url: str, settings: Settings) -> None:
    store = open_store(url, settings)
    store.prepare()
    with store.transaction() as transaction:
        transaction.run("CREATE (:Run {id: 'kept'})")
    store.close()


def kept(url: str, settings: Settings) -> bool:
    store = open_store(url, settings)
    rows = store.read("MATCH (r:Run) RETURN r.id AS id")
    store.close()
    return rows == [{"id": "kept"}]


def test_users_that_come_at_once_share_one_server(url: str, settings: Settings) -> None:
    command = [sys.executable, "-c", _USER, url]
    users = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {user.communicate(timeout=600)[0] for user in users}
    assert len(answers) == 1
    assert answers.pop().strip() == f"{state_of(url, settings).address} 1"


def test_the_password_is_for_the_owner_only(url: str, settings: Settings) -> None:
    state = up(url, settings)
    folder = Path(url.partition(":")[2])
    for name in ("server.json", "password", "java.options"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert len(state.password) >= 20
    commands = " ".join(psutil.Process(mark_of_server(state).pid).cmdline())
    assert state.password not in commands
    assert state.address.startswith("bolt://127.0.0.1:")


@pytest.mark.parametrize("victim", ["server", "supervisor"])
def test_a_killed_process_heals_at_the_next_open(url: str, settings: Settings, victim: str) -> None:
    write_something(url, settings)
    before = state_of(url, settings)
    mark = mark_of_server(before) if victim == "server" else before.supervisor
    psutil.Process(mark.pid).kill()
    assert until(lambda: not mark.alive())
    assert kept(url, settings)
    after = state_of(url, settings)
    assert after.supervisor != before.supervisor
    assert not mark_of_server(before).alive()


def test_a_server_that_dies_in_the_middle_of_work_is_started_again(
    url: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    write_something(url, settings)
    store = open_store(url, settings)
    mark = mark_of_server(state_of(url, settings))
    psutil.Process(mark.pid).kill()
    assert store.read("MATCH (r:Run) RETURN r.id AS id") == [{"id": "kept"}]
    assert "is out of reach; waiting for it" in caplog.text
    assert "answers again after" in caplog.text
    store.close()


def test_a_server_that_was_stopped_stays_so(url: str, settings: Settings) -> None:
    store = open_store(url, settings)
    store.server()
    assert down(url, settings)
    with pytest.raises(StoreUnreachable, match="was stopped, as `kgp down` does"):
        store.read("RETURN 1 AS one")
    assert server_state(url, settings) is None
    store.close()


def test_a_statement_that_cannot_be_ended_ends_with_its_server(url: str, settings: Settings) -> None:
    write_something(url, settings)
    store = open_store(url, settings)
    hungry = "UNWIND range(0, 60) AS x WITH collect(x) AS l RETURN size(reduce(s = 'x', x IN l | s + s)) AS n"
    with pytest.raises(StoreError, match="it starts again when it is needed"):
        store.query(hungry, deadline=60.0)
    assert store.query("MATCH (r:Run) RETURN r.id AS id").rows == (("kept",),)
    store.close()


def test_a_server_nobody_uses_stops_and_comes_back(url: str, settings: Settings) -> None:
    hasty = settings.model_copy(update={"idle_seconds": 1.0})
    store = open_store(url, hasty)
    mark = mark_of_server(state_of(url, hasty))
    time.sleep(3.0)
    assert mark.alive()  # this process holds a lease
    store.close()
    assert until(lambda: not mark.alive())
    assert server_state(url, hasty) is None
    write_something(url, settings)
    assert kept(url, settings)


def test_a_server_of_another_container_is_left_alone_while_its_supervisor_lives(
    url: str, settings: Settings
) -> None:
    write_something(url, settings)
    folder = Path(url.partition(":")[2])
    mine = state_of(url, settings)
    write_state(folder, mine.model_copy(update={"place": "another boot pid:[1]"}))
    with pytest.raises(StoreUnreachable, match="runs in another container or on another machine"):
        open_store(url, settings)
    with pytest.raises(StoreError, match="stop it there"):
        down(url, settings)
    assert mark_of_server(mine).alive()
    write_state(folder, mine)
    down(url, settings)
    assert not mark_of_server(mine).alive()
    write_state(folder, mine.model_copy(update={"place": "another boot pid:[1]"}))
    assert kept(url, settings)
    assert state_of(url, settings).place == process_place()


def test_a_killed_user_costs_nothing(url: str, settings: Settings) -> None:
    hasty = os.environ | {"KGP_IDLE_SECONDS": "1"}
    command = [sys.executable, "-c", _USER + "import os; os.kill(os.getpid(), 9)", url]
    killed = subprocess.run(command, env=hasty, stdout=subprocess.DEVNULL, check=False)
    assert killed.returncode == -9
    mark = mark_of_server(state_of(url, settings))
    assert until(lambda: not mark.alive())


def test_down_stops_at_once(url: str, settings: Settings) -> None:
    mark = mark_of_server(up(url, settings))
    assert down(url, settings)
    assert not mark.alive()
    assert server_state(url, settings) is None
    assert not down(url, settings)


def test_what_is_missing_is_named(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(StoreError, match="no Maven found, which fetches Neo4j"):
        neo4j_community.fetch(settings.model_copy(update={"cache": tmp_path}))
    monkeypatch.setattr(neo4j_community, "_JDKS", ())
    with pytest.raises(StoreError, match=r"no JDK 17 or newer.*JAVA_HOME"):
        neo4j_community._java(17)
