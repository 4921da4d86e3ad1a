"""Modules kept out of a process or of a block: not imported, but found by whoever only looks for them."""

from __future__ import annotations

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest

from kgplatform.keeping_out import kept_out

_RARE = "colorsys"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, _RARE, raising=False)


def test_it_is_not_imported_in_the_block_and_is_afterwards() -> None:
    with kept_out(_RARE):
        with pytest.raises(ModuleNotFoundError, match=f"{_RARE} is kept out"):
            importlib.import_module(_RARE)
        assert find_spec(_RARE) is not None  # torch looks for libraries that it never imports
    assert importlib.import_module(_RARE)


def test_other_threads_go_on_importing() -> None:
    with kept_out(_RARE), ThreadPoolExecutor(1) as other:
        assert other.submit(importlib.import_module, _RARE).result().__name__ == _RARE


def test_the_command_line_trains_without_pandas() -> None:
    program = """
import sys
from kgplatform.keeping_out import keep_out
keep_out("pandas")
import pyarrow as pa, torch
pa.array([1, 2])
torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # brings what torch compiles with
from kgplatform.driver import neo4j
print("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
