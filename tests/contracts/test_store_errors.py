"""What goes wrong with a server is told apart: out of reach, refused, full."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from graph_schema.errors import StoreDenied, StoreFull, StoreUnreachable, UnknownName, UsageError
from graph_schema.tables import GraphData
from kgplatform.settings import Settings
from kgplatform.store import down, open_store
from kgplatform.store.protocol import Changes, GraphStore
from tests.contracts.graphs import SCHEMA, facts, nodes, relations


def test_nobody_answers(settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(StoreUnreachable, match=rf"127\.0\.0\.1:{port}.*kgp up") as error:
        open_store(f"bolt://127.0.0.1:{port}", settings)
    assert not isinstance(error.value, StoreDenied)
    assert error.value.exit_status == 4


def test_a_wrong_password_is_no_missing_server(store: GraphStore, settings: Settings) -> None:
    wrong = settings.model_copy(update={"store_password": SecretStr("wrong"), "store_user": "nobody"})
    with pytest.raises(StoreDenied, match="KGP_STORE_PASSWORD") as error:
        open_store(store.server().address, wrong)
    assert "wrong" not in str(error.value)


@pytest.mark.parametrize("url", ["sqlite:x", "drugs", "http://127.0.0.1"])
def test_unknown_schemes_list_the_known_ones(settings: Settings, url: str) -> None:
    with pytest.raises(UnknownName, match="local:FOLDER"):
        open_store(url, settings)


@pytest.mark.parametrize("url", ["neo4j://user:pw@127.0.0.1", "bolt://", "bolt://127.0.0.1?db=x"])
def test_addresses_that_make_no_sense_are_refused(settings: Settings, url: str) -> None:
    with pytest.raises(UsageError):
        open_store(url, settings)


def test_only_local_servers_are_ours_to_stop(settings: Settings) -> None:
    with pytest.raises(UsageError, match="server of your own"):
        down("neo4j://127.0.0.1", settings)


@pytest.fixture(params=["local", "neo4j-local"])
def cramped(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Iterator[GraphStore]:
    """A store whose disk is nearly full: a small file system in memory."""
    size = {"local": "400m", "neo4j-local": "1100m"}[request.param]
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root on Linux")
    url = f"{request.param}:{tmp_path}"
    try:
        store = open_store(url, settings)
        store.prepare()
        yield store
        store.close()
    finally:
        down(url, settings)
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_full_disk_is_named_and_keeps_what_was_written(cramped: GraphStore, tmp_path: Path) -> None:
    first = GraphData(nodes(("a", "Drug", "a")), facts(), relations())
    cramped.put_graph("first", SCHEMA, first)
    other_files = tmp_path / "other files"
    other_files.write_bytes(bytes(shutil.disk_usage(tmp_path).free - 20_000_000))
    with pytest.raises(StoreFull, match="Free space there"):
        cramped.put_graph("second", SCHEMA, first)
    assert [g["name"] for g in cramped.graphs()] == ["first"]
    other_files.unlink()
    assert cramped.put_graph("second", SCHEMA, first)["nodes"] == Changes(1)
