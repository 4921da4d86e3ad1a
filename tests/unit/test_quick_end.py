"""A command ends without taking its modules apart, and loses nothing by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ENDING = """
import atexit, sys, threading, time
from kgplatform.__main__ import QuickEnd
class Slow:
    def __del__(self):
        print("taken apart")
end = QuickEnd()
kept = Slow()
atexit.register(print, "exit function")
def work():
    time.sleep(.2); print("thread")
threading.Thread(target=work).start()
try:
    {ends}
except SystemExit as ending:
    end.note(ending)
    raise
"""


def _ended(ends: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _ENDING.format(ends=ends)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(("ends", "status"), [("sys.exit(4)", 4), ("sys.exit()", 0)])
def test_status_threads_and_exit_functions_are_kept(ends: str, status: int) -> None:
    assert _ended(ends) == (status, ["thread", "exit function"])


@pytest.mark.parametrize("ends", ["sys.exit('no number')", "1 / 0"])
def test_other_ends_are_those_of_python(ends: str) -> None:
    assert _ended(ends) == (1, ["thread", "exit function", "taken apart"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", _ENDING.format(ends="sys.exit(0)")],
            stdout=full,
            stderr=subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
            check=False,
        )
    assert done.returncode == 120
