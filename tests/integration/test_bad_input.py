"""Malformed input of many kinds: each gives one error that says where, what was found and what was wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_schema.errors import InputError, UnknownName
from kgplatform.graphs.importing import check_graph_name, read_files
from tests.malformed import CASES, OK, Case
from tests.malformed_domains import CASES_OF_DOMAINS

EVERY = [*CASES, *CASES_OF_DOMAINS]


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.name)
def test_one_error_says_where_what_and_what_instead(case: Case, tmp_path: Path) -> None:
    for name, content in case.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    paths = [tmp_path / p for p in (case.paths or case.files)]
    with pytest.raises(InputError) as caught:
        read_files(paths, domain=case.domain, columns=case.columns)
    error = caught.value
    assert case.found in error.found
    assert case.wanted in error.wanted
    assert error.line == case.line
    assert (error.file or "").endswith(case.file)
    place = str(error.file) + (f":{case.line}" if case.line is not None else "")
    assert str(error).startswith(f"{place}: found " if error.file else "found ")
    assert error.exit_status == 3


def test_there_are_sixty_kinds_and_more() -> None:
    assert len({case.name for case in EVERY}) == len(EVERY) >= 60


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "`", "Entity", "x" * 101, "-x", "a\nb"])
def test_graph_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InputError, match="graph name"):
        check_graph_name(name)


def test_unknown_domain_lists_the_known(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(OK)
    with pytest.raises(UnknownName, match="Did you mean 'family'"):
        read_files([tmp_path / "a.tsv"], domain="familly")
