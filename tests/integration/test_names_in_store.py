"""Names that meet in one store: of relations and node types, of files, of what is local to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_schema.domains import sample_folder
from graph_schema.errors import InputError, UsageError
from kgplatform.graphs.exporting import export_graph
from kgplatform.graphs.importing import ImportReport, import_files
from kgplatform.store.protocol import GraphStore
from tests.integration.test_exporting import same

PERSON = "alice\tPerson\tbob\nbob\tPerson\tcarl\ncarl\tGene\tdan\nx\tSynset\ty\nx\tRun\ty\n"


@pytest.fixture
def other(store: GraphStore, graph: str) -> Iterator[str]:
    """A second graph beside `graph`."""
    name = f"{graph}-other"
    yield name
    if any(g["name"] == name for g in store.graphs()):
        store.drop_graph(name)


def put(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def counts(report: ImportReport) -> tuple[int, int]:
    return report.added, report.changed


@pytest.mark.parametrize("domain", ["family", "drug", "concept"])
def test_relations_called_as_node_types_of_other_graphs(
    store: GraphStore, graph: str, other: str, domain: str, tmp_path: Path
) -> None:
    path = put(tmp_path, "facts.tsv", PERSON)
    dry = import_files(store, [path], graph=graph, dry_run=True)
    first = import_files(store, [path], graph=graph)
    assert counts(dry) == counts(first) == (11, 0)
    assert any("type in Cypher is not their name" in note for note in first.notes)
    assert import_files(store, [sample_folder(domain)], graph=other).added > 0
    assert counts(import_files(store, [path], graph=graph)) == (0, 0)
    facts = store.get_graph(graph).facts
    assert set(facts["relation"].to_pylist()) == {"Person", "Gene", "Synset", "Run"}
    assert set(facts["type"].to_pylist()) == {"Person_", "Gene_", "Synset_", "Run_"}
    store.drop_graph(graph)
    store.drop_graph(other)
    assert import_files(store, [sample_folder(domain)], graph=graph).added > 0


def test_a_node_type_called_as_a_relation_of_another_graph(
    store: GraphStore, graph: str, other: str, tmp_path: Path
) -> None:
    import_files(store, [put(tmp_path, "facts.tsv", f"a\tis {other}\tb\n")], graph=other)
    files = export_graph(store, other, tmp_path / "out")
    header = files[0].read_text("utf-8").replace('"Concept"', f'"is {other}"').replace("Concept", "Thing")
    files[0].write_text(header, "utf-8")
    with pytest.raises(InputError):
        import_files(store, [tmp_path / "out"], graph=graph, dry_run=True)
    assert all(g["name"] != graph for g in store.graphs())


def test_a_relation_with_a_comma_or_tilde_leaves_and_comes_back_whole(
    store: GraphStore, graph: str, other: str, tmp_path: Path
) -> None:
    path = put(tmp_path, "facts.tsv", "a\ttarget, of\tb\nb\tis~a\tc\nc\ttarget of*\ta\n")
    import_files(store, [path], graph=graph)
    assert counts(import_files(store, [path], graph=graph)) == (0, 0)
    export_graph(store, graph, tmp_path / "out")
    assert counts(import_files(store, [tmp_path / "out"])) == (0, 0)
    import_files(store, [tmp_path / "out"], graph=other)
    same(store, graph, other)
    assert set(store.get_graph(other).facts["relation"].to_pylist()) == {"target, of", "is~a", "target of*"}


def test_a_file_imported_later_has_local_ids_of_its_own(
    store: GraphStore, graph: str, tmp_path: Path
) -> None:
    one = put(tmp_path, "one.nt", "<http://x.org/1> <http://x.org/of> _:a .\n")
    two = put(tmp_path, "two.nt", "<http://x.org/2> <http://x.org/of> _:a .\n")
    import_files(store, [one], graph=graph)
    import_files(store, [two], graph=graph)
    assert counts(import_files(store, [two], graph=graph)) == (0, 0)
    assert counts(import_files(store, [one, two], graph=graph)) == (0, 0)
    assert counts(import_files(store, [two], graph=graph, source="one")) == (1, 0)
    tails = store.get_graph(graph).facts["tail"].to_pylist()
    assert sorted(tails) == ["_:a", "_:a", "two:_:a"]


def test_facts_remember_all_files_that_said_them(store: GraphStore, graph: str, tmp_path: Path) -> None:
    one, two = put(tmp_path, "one.tsv", "a\tr\tb\n"), put(tmp_path, "two.tsv", "a\tr\tb\nb\tr\tc\n")
    import_files(store, [one], graph=graph)
    assert counts(import_files(store, [two], graph=graph)) == (2, 1)
    assert counts(import_files(store, [two], graph=graph)) == (0, 0)
    import_files(store, [one], graph=graph, source="mine")
    assert store.get_graph(graph).facts["imported_from"].to_pylist() == [["one", "two", "mine"], ["two"]]


def test_names_in_the_language_that_is_asked(store: GraphStore, graph: str, tmp_path: Path) -> None:
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    said = [f'<http://x.org/1> {label} "{text}" .\n'.replace('" .', f'"@{tag} .') for text, tag in NAMES]
    path = put(tmp_path, "a.nt", "<http://x.org/1> <http://x.org/in> <http://x.org/2> .\n" + "".join(said))
    for language, name in ((None, "Vienna"), ("de", "Wien"), ("fr", "Vienna")):
        import_files(store, [path], graph=graph, language=language)
        assert store.get_graph(graph).nodes["name"].to_pylist()[0] == name
        store.drop_graph(graph)


NAMES = (("Wien", "de"), ("Vienna", "en"), ("Bécs", "hu"))


def test_vocabularies_that_meet_later_stay_apart(store: GraphStore, graph: str, tmp_path: Path) -> None:
    one = put(tmp_path, "one.nt", "<http://x.org/a> <http://one.org/part> <http://x.org/b> .\n")
    two = put(tmp_path, "two.nt", "<http://x.org/a> <http://two.org/part> <http://x.org/b> .\n")
    import_files(store, [one], graph=graph)
    assert counts(import_files(store, [two], graph=graph)) == (1, 0)
    assert sorted(store.get_graph(graph).facts["relation"].to_pylist()) == ["part", "two.org/part"]
    assert counts(import_files(store, [one, two], graph=graph)) == (0, 0)


@pytest.mark.parametrize(
    "options", [{"source": ""}, {"source": "a\nb"}, {"language": ""}, {"language": "z z"}]
)
def test_options_that_name_nothing(
    store: GraphStore, graph: str, options: dict[str, str], tmp_path: Path
) -> None:
    path = put(tmp_path, "facts.tsv", "a\tr\tb\n")
    with pytest.raises(UsageError, match=r"found .*; wanted"):
        import_files(
            store, [path], graph=graph, source=options.get("source"), language=options.get("language")
        )
    assert all(g["name"] != graph for g in store.graphs())
