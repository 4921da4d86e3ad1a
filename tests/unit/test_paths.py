"""Paths that lead to no file, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from kgplatform.graphs.importing import read_files


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.tsv")
    for path in (tmp_path / "a.tsv", tmp_path):
        with pytest.raises(InputError, match="a pipe, socket or device"):
            read_files([path])


@pytest.mark.parametrize("path", ["x" * 5000 + ".tsv", "a\0b.tsv", "a.tsv/b.tsv"])
def test_a_path_that_leads_nowhere(path: str, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a\tr\tb\n")
    with pytest.raises(InputError) as caught:
        read_files([tmp_path / path])
    assert len(str(caught.value)) < 600 + len(str(tmp_path))


def test_a_broken_link(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").symlink_to(tmp_path / "gone.tsv")
    for path in (tmp_path / "a.tsv", tmp_path):
        with pytest.raises(InputError, match="a link that leads nowhere"):
            read_files([path])


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").symlink_to(tmp_path / "a.tsv")
    with pytest.raises(InputError, match="a path that leads nowhere"):
        read_files([tmp_path / "a.tsv"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        with pytest.raises(InputError, match="cannot be read"):
            read_files([tmp_path])
    finally:
        tmp_path.chmod(0o700)
