"""A graph is read from a server once for each version; seeds and other processes read the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graph_schema.domains import sample_folder
from graph_schema.progress import Progress
from graph_schema.tables import GraphData
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.settings import Settings
from kgplatform.store.protocol import GraphStore

_SAMPLE = sample_folder("family")


@pytest.fixture
def reads(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the graphs that were read from the server, in order."""
    names: list[str] = []
    read = type(store).get_graph

    def counted(self: GraphStore, graph: str, *, progress: Progress | None = None) -> GraphData:
        names.append(graph)
        return read(self, graph, progress=progress)

    monkeypatch.setattr(type(store), "get_graph", counted)
    return names


def test_a_graph_is_read_once_for_each_version(
    store: GraphStore, graph: str, reads: list[str], tmp_path: Path
) -> None:
    import_files(store, [_SAMPLE], graph=graph, domain="family", hold_out=0.1)
    reads.clear()
    first, second = pull(store, graph), pull(store, graph)
    assert reads == [graph]
    assert (first.version, first.fingerprint) == (second.version, second.fingerprint)
    assert first.data.facts.equals(second.data.facts)
    np.testing.assert_array_equal(first.splits().test.triples, second.splits().test.triples)
    facts = tmp_path / "more.tsv"
    facts.write_text("I1\tBROTHER\tI2\n", "utf-8")
    import_files(store, [facts], graph=graph, domain="family")
    reads.clear()
    third = pull(store, graph)
    assert reads == [graph]
    assert third.version != first.version
    np.testing.assert_array_equal(first.known.triples, second.known.triples)  # their files are gone


def test_another_process_reads_the_file(store: GraphStore, graph: str) -> None:
    import_files(store, [_SAMPLE], graph=graph, domain="family", hold_out=0.1)
    mine = pull(store, graph)
    code = (
        "import sys; from kgplatform.graphs.copies import Copies; from kgplatform.settings import Settings;"
        "found = Copies(Settings.from_environment().folder_of(sys.argv[1], 'graphs')).open(*sys.argv[2:]);"
        "print(found.arrays.fingerprint)"
    )
    place = [store.url, graph, mine.version, mine.schema.fingerprint()]
    done = subprocess.run([sys.executable, "-c", code, *place], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == mine.fingerprint


def test_without_a_place_to_write_a_graph_is_read_each_time(
    store: GraphStore, graph: str, reads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_files(store, [_SAMPLE], graph=graph, domain="family", hold_out=0.1)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KGP_DATA", str(tmp_path / "file"))
    reads.clear()
    assert pull(store, graph).fingerprint == pull(store, graph).fingerprint
    assert reads == [graph, graph]


def test_dropped_graphs_leave_no_file(store: GraphStore, graph: str) -> None:
    import_files(store, [_SAMPLE], graph=graph, domain="family")
    pull(store, graph)
    store.drop_graph(graph)
    other = f"{graph}-other"
    import_files(store, [_SAMPLE], graph=other, domain="family")
    pull(store, other)
    folder = Settings.from_environment().folder_of(store.url, "graphs")
    present = {g["name"] for g in store.graphs()}
    assert len(list(folder.iterdir())) <= len(present)
    store.drop_graph(other)
