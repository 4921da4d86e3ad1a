"""Pulled graphs as files: what comes back is what was written, or it is read from the store again."""

from __future__ import annotations

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from graph_schema.domains import load_domain
from graph_schema.tables import GraphData
from kgplatform.graphs.copies import Copies, Copy
from kgplatform.graphs.encoding import encoded
from kgplatform.graphs.pulling import PulledGraph, arrays_of
from kgplatform.settings import Settings
from measuring.made_up import columns

SCHEMA = load_domain("triples")
PLACE = "g", "1", SCHEMA.fingerprint()


@pytest.fixture(scope="module")
def data() -> GraphData:
    return columns(40, 300)


@pytest.fixture(scope="module")
def copy(data: GraphData) -> Copy:
    held = encoded(data)
    return Copy(held, arrays_of(PulledGraph("g", "1", SCHEMA, held)))


@pytest.fixture
def copies(tmp_path: Path, copy: Copy) -> Copies:
    """With one copy in it."""
    copies = Copies(tmp_path / "graphs")
    copies.keep(*PLACE, copy, ["g"])
    return copies


def graph(copy: Copy) -> PulledGraph:
    return PulledGraph("g", "1", SCHEMA, copy.data, arrays=copy.arrays)


def files(copies: Copies) -> Path:
    (folder,) = copies.folder.glob("*/*")
    return folder


def test_a_graph_comes_back_as_it_was(copies: Copies, data: GraphData) -> None:
    found = copies.open(*PLACE)
    assert found is not None
    here, there = PulledGraph("g", "1", SCHEMA, data), graph(found)
    for name in ("known", "valid", "test", "held_out"):
        np.testing.assert_array_equal(getattr(here, name).triples, getattr(there, name).triples)
        assert getattr(there, name).vocabulary == here.vocabulary
    np.testing.assert_array_equal(here.entity_types, there.entity_types)
    assert here.splits().fingerprint == there.splits().fingerprint
    assert (here.names, here.called, here.relation_types) == (there.names, there.called, there.relation_types)
    for name in ("nodes", "facts", "relations"):
        assert getattr(data, name).to_pylist() == getattr(found.data, name).to_pylist()
    assert not there.known.triples.flags.writeable


def test_another_version_schema_or_graph_is_not_taken_for_it(copies: Copies) -> None:
    assert copies.open("g", "2", PLACE[2]) is None
    assert copies.open("g", "1", "another") is None
    assert copies.open("h", "1", PLACE[2]) is None


@pytest.mark.parametrize(
    "name", ["known.npy", "facts.arrow", "nodes.arrow", "entity_types.npy", "graph.json"]
)
@pytest.mark.parametrize("damage", ["cut", "gone", "empty", "other"])
def test_a_damaged_copy_is_made_anew(copies: Copies, copy: Copy, name: str, damage: str) -> None:
    file = files(copies) / name
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes({"cut": whole[:-9], "empty": b"", "other": b"x" * len(whole)}[damage])
    assert copies.open(*PLACE) is None
    copies.keep(*PLACE, copy, ["g"])
    assert copies.open(*PLACE) is not None


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 0}', "null"])
def test_a_header_of_another_form_is_made_anew(copies: Copies, text: str) -> None:
    (files(copies) / "graph.json").write_text(text)
    assert copies.open(*PLACE) is None


def test_files_of_another_format_are_made_anew(copies: Copies) -> None:
    header = files(copies) / "graph.json"
    header.write_text(json.dumps(json.loads(header.read_text()) | {"format": 0}))
    assert copies.open(*PLACE) is None


def test_an_older_version_goes_while_somebody_reads_it(copies: Copies, copy: Copy) -> None:
    held = copies.open(*PLACE)
    assert held is not None
    old = files(copies)
    copies.keep("g", "2", PLACE[2], copy, ["g"])
    assert not old.exists()
    np.testing.assert_array_equal(held.arrays.known, copy.arrays.known)
    assert held.data.facts.to_pylist() == copy.data.facts.to_pylist()


def test_graphs_that_are_no_more_go_too(copies: Copies, copy: Copy) -> None:
    copies.keep("h", "1", PLACE[2], copy, ["g", "h"])
    assert copies.open(*PLACE) is not None
    copies.keep("h", "2", PLACE[2], copy, ["h"])
    assert copies.open(*PLACE) is None
    assert copies.open("h", "2", PLACE[2]) is not None


def test_what_a_killed_writer_left_goes_in_time(copies: Copies, copy: Copy) -> None:
    whole = files(copies)
    young, old = (whole.with_name(f".half-{name}") for name in ("young", "old"))
    for half in (young, old):
        shutil.copytree(whole, half)
    os.utime(old, times=(time.time() - 7200,) * 2)
    copies.keep(*PLACE, copy, ["g"])
    assert (young.exists(), old.exists()) == (True, False)


def test_many_may_write_and_read_at_once(tmp_path: Path, copy: Copy) -> None:
    copies = Copies(tmp_path / "graphs")

    def work(_: int) -> bool:
        copies.keep(*PLACE, copy, ["g"])
        found = copies.open(*PLACE)
        return found is not None and found.data.facts.equals(copy.data.facts)

    with ThreadPoolExecutor(8) as workers:
        assert all(workers.map(work, range(24)))
    assert [path.name for path in copies.folder.glob("*/*")] == ["1"]


def test_a_quicker_writer_is_no_fault(copies: Copies, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process ends the same version just before ours would."""
    shutil.rmtree(files(copies))
    rename = Path.replace

    def too_late(half: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "replace", rename)
        Copies(copies.folder).keep(*PLACE, copy, ["g"])
        return half.replace(target)

    monkeypatch.setattr(Path, "replace", too_late)
    copies.keep(*PLACE, copy, ["g"])
    assert files(copies).name == "1"
    assert copies.open(*PLACE) is not None


def test_graphs_called_as_no_file_may_be_are_kept(tmp_path: Path, copy: Copy) -> None:
    copies = Copies(tmp_path / "graphs")
    for name in ("../x", "a/b", "nul", "ä" * 300):
        copies.keep(name, "1", "s", copy, [name])
        assert copies.open(name, "1", "s") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["graphs"]


def test_stores_have_folders_of_their_own(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    urls = ("local:a", "local:b", "neo4j-local:a", "neo4j://h:1", "neo4j://h:1?database=x")
    assert len({settings.folder_of(url, "graphs") for url in urls}) == len(urls)
    assert settings.folder_of("local:a", "graphs") == settings.folder_of("local:./a/", "graphs")
    assert settings.folder_of("local:a", "graphs").name == settings.folder_of("local:a", "runs").name
