"""Two processes never work on one run; an owner that is gone stands in nobody's way."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from graph_schema.errors import RunError
from kgplatform.runs import owning
from kgplatform.runs.owning import Owner, owner_of

NOBODY = 2**22 + 7  # beyond the largest process id of Linux


def _written(folder: Path, owner: Owner, silence: float = 0.0) -> None:
    file = folder / "owner.json"
    file.write_text(json.dumps(asdict(owner)), "utf-8")
    os.utime(file, (time.time() - silence,) * 2)


def test_the_second_is_told_who_has_it(tmp_path: Path) -> None:
    assert owner_of(tmp_path) is None
    with owning.owning(tmp_path, "run"):
        owner = owner_of(tmp_path)
        assert owner is not None
        assert owner.pid == os.getpid()
        with pytest.raises(RunError, match=f"process {os.getpid()} on .* has worked on run 'run' since"):
            owning._take(tmp_path, "run", Owner.here())
        assert owner_of(tmp_path) == owner
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "\x00"])
def test_a_damaged_file_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "owner.json").write_text(text, "utf-8")
    assert owner_of(tmp_path) is None
    with owning.owning(tmp_path, "run"):
        assert owner_of(tmp_path) is not None


def test_a_process_that_is_gone_is_believed_where_it_can_be_looked_up(tmp_path: Path) -> None:
    _written(tmp_path, replace(Owner.here(), pid=NOBODY))
    assert owner_of(tmp_path) is None
    _written(tmp_path, replace(Owner.here(), started=1.0))  # the same number, another process
    assert owner_of(tmp_path) is None
    with owning.owning(tmp_path, "run"):
        assert owner_of(tmp_path) is not None


def test_elsewhere_the_heartbeat_decides(tmp_path: Path) -> None:
    """Containers may share a host name and not the process ids."""
    other = replace(Owner.here(), place="another boot", pid=NOBODY)
    _written(tmp_path, other)
    assert owner_of(tmp_path) == other
    with pytest.raises(RunError, match="Wait until it has ended"), owning.owning(tmp_path, "run"):
        pass
    _written(tmp_path, other, silence=owning.SILENCE + 1)
    assert owner_of(tmp_path) is None
    mine = replace(Owner.here(), place="another boot")  # alive here, silent there
    _written(tmp_path, mine, silence=owning.SILENCE + 1)
    with owning.owning(tmp_path, "run"):
        assert owner_of(tmp_path) is not None


def test_of_many_at_once_one_takes_it(tmp_path: Path) -> None:
    _written(tmp_path, replace(Owner.here(), pid=NOBODY))
    taken: list[str] = []

    def take() -> None:
        mine = Owner.here()
        try:
            owning._take(tmp_path, "run", mine)
            taken.append(mine.token)
        except RunError:
            pass

    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owner = owner_of(tmp_path)
    assert owner is not None
    assert taken == [owner.token]
    assert [p.name for p in tmp_path.iterdir()] == ["owner.json"]


def test_signs_of_life_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owning, "BEAT", 0.01)
    with owning.owning(tmp_path, "run"):
        file = tmp_path / "owner.json"
        os.utime(file, (1.0, 1.0))
        while file.stat().st_mtime == 1.0:  # however slow the machine is, it comes
            time.sleep(0.01)
