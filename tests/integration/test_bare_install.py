"""What is installed without extras: a command line that imports, asks and exports against a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kgplatform.settings import Settings
from kgplatform.store import server_state
from kgplatform.store.protocol import GraphStore
from tests.conftest import missing

ROOT = Path(__file__).parents[2]
Kgp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `python` of a fresh environment with `kg-platform` and no extra."""
    folder = tmp_path_factory.mktemp("bare")
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    done = subprocess.run([*command, *constraints, str(ROOT)], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"packages could not be installed: {done.stderr.strip()[-300:]}")
    return python


@pytest.fixture
def kgp(bare: Path, store: GraphStore, settings: Settings, tmp_path: Path) -> Kgp:
    """The command line of that environment, with the running server of the tests as an address."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KGP_", "PYTHON"))}
    environment |= {"KGP_DATA": str(tmp_path / "data"), "KGP_STORE": store.url}
    if store.url.startswith(("local:", "neo4j-local:")):
        state = server_state(store.url, settings)
        assert state is not None
        environment["KGP_STORE"] = f"{state.address}?database={state.database}"
        environment |= {"KGP_STORE_USER": state.user, "KGP_STORE_PASSWORD": state.password}
    else:
        environment |= {k: v for k, v in os.environ.items() if k.startswith("KGP_STORE_")}

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(bare), "-m", "kgplatform", *words],
            cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_it_imports_asks_and_exports_against_a_server(kgp: Kgp, graph: str, tmp_path: Path) -> None:
    (tmp_path / "facts.tsv").write_text("Ann\tknows\tBob\nBob\tknows\tCyd\n", "utf-8")
    imported = kgp("import", "facts.tsv", "--as", graph, "--json")
    assert (imported.returncode, json.loads(imported.stdout)["added"]) == (0, 5), imported.stderr
    asked = kgp(
        "query", "MATCH (a {graph: $g})-[r]->(b) RETURN a.name, b.name ORDER BY a.name", "-p", f"g={graph}"
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.splitlines()[2:] == ["Ann     Bob", "Bob     Cyd"]
    listed = kgp("status", graph, "--verify", "--json")
    assert (listed.returncode, json.loads(listed.stdout)["facts"]) == (0, 2), listed.stderr
    assert kgp("runs", graph).returncode == 0
    exported = kgp("export", graph, "out")
    assert exported.returncode == 0, exported.stderr
    again = kgp("import", "out", "--as", graph, "--json")
    assert (again.returncode, json.loads(again.stdout)["unchanged"]) == (0, 5), again.stderr
    assert kgp("doctor").returncode == 0
    assert kgp("drop", graph, "--yes").returncode == 0


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("train", "red_gnn", "any"), "train"),
        (("predict", "any"), "train"),
        (("serve", "--port", "0"), "ui"),
        (("status", "--store", "local:here"), "local"),
        (("up",), "local"),
        (("quickstart", "--no-serve", "--store", "local:here"), "local"),
    ],
)
def test_a_command_that_lacks_its_extra_names_it(kgp: Kgp, words: tuple[str, ...], extra: str) -> None:
    done = kgp(*words, **({"KGP_STORE": "local:here"} if words[0] == "up" else {}))
    assert done.returncode == 1
    assert f"pip install 'kg-platform[{extra}]'" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
