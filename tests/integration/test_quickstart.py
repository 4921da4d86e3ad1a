"""`kgp quickstart` where there is nothing yet: one call, and every sample has been through the loop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_schema.domains import load_domain
from kgplatform.cli.quickstart import SAMPLES
from kgplatform.store import down, open_store


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody who has never used this; the server started in it is stopped."""
    url = f"local:{tmp_path / 'store'}"
    own = {"KGP_STORE": url, "KGP_DATA": str(tmp_path / "data"), "KGP_HEAP": "1g"}
    yield {**os.environ, **own}
    down(url)


def test_every_sample_is_learnt_promoted_and_shown_with_evidence(fresh: dict[str, str]) -> None:
    command = [sys.executable, "-m", "kgplatform", "quickstart", "--no-serve", "--json"]
    done = subprocess.run(command, env=fresh, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "done in" in done.stderr
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["graph"] for line in shown] == list(SAMPLES)
    store = open_store(fresh["KGP_STORE"])
    for line in shown:
        assert 0 < line["test"] <= 1
        assert 0 < line["baseline"] <= 1
        assert line["predictions"]
        target = load_domain(line["graph"]).target
        written = "MATCH (:Entity {graph: $g})-[p:PREDICTED {run_id: $run}]->() RETURN count(p) AS n"
        (row,) = store.read(written, {"g": line["graph"], "run": line["run"]})
        assert row["n"] >= len(line["predictions"])
        for p in line["predictions"]:
            assert target is None or p["relation"].startswith(target)
            assert p["head_name"]
            assert p["tail_name"]
            assert p["paths"], p
            assert all(0 < path["weight"] <= 1 and path["facts"] for path in p["paths"])
    store.close()
