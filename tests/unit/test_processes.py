"""A process is known again, also after the wall clock was set, and is not mistaken for a later one."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from kgplatform.processes import ProcessMark


def test_this_process_is_alive_and_a_later_one_of_its_number_is_another() -> None:
    mark = ProcessMark.of()
    assert mark.pid == os.getpid()
    assert mark.alive()
    assert not mark._replace(started=mark.started - 5).alive()
    assert not mark._replace(pid=2**22 + 7).alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts from boot")
@pytest.mark.parametrize("step", [-3600.0, 22.0])
def test_setting_the_clock_ends_nobody(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = ProcessMark.of()
    real = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: real(self) + step)
    assert mark.alive()


def test_marks_that_earlier_versions_wrote_are_understood() -> None:
    mark = ProcessMark(os.getpid(), psutil.Process().create_time())
    assert mark.started > 1e9
    assert mark.alive()
    assert not mark._replace(started=mark.started - 5).alive()


def test_one_that_has_ended_is_gone_before_anybody_looked_after_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = ProcessMark.of(process.pid)
        assert mark.alive()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie until somebody waits
        assert not mark.alive()
    assert not mark.alive()
