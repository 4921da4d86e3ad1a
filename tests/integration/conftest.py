"""`kgp` called in this process, and a small graph for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgplatform.cli import main
from tests.commands import SKY, Answer, Kgp
from tests.conftest import Loop


@pytest.fixture
def kgp(loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kgp:
    """Calls `kgp` on the store of the loop, in this process."""
    for name, value in loop.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Answer(ended.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def sky(loop: Loop, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A fresh graph name and a file of three facts to import under it."""
    name = f"sky-{secrets.token_hex(4)}"
    file = tmp_path / "sky.tsv"
    file.write_text(SKY, "utf-8")
    yield name, file
    if any(g["name"] == name for g in loop.store.graphs()):
        loop.store.drop_graph(name)
