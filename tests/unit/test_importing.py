"""Public data reads whole, every row of it; checks of the whole graph refuse what rows cannot show."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest

from graph_schema.domains import load_domain, sample_folder
from graph_schema.errors import InputError
from graph_schema.tables import FACT_COLUMNS, GraphData
from graph_schema.validation import check_graph
from kgplatform.graphs.importing import Reading, graph_name, read_files

COUNTS = {
    # folder: domain, nodes, facts, relations, rows of each split
    "link_prediction/umls": (
        "triples",
        135,
        6_529,
        46,
        {"facts": 4006, "train": 1321, "valid": 569, "test": 633},
    ),
    "link_prediction/family": (
        "family",
        3_007,
        28_356,
        12,
        {"facts": 17_615, "train": 5_868, "valid": 2_038, "test": 2_835},
    ),
    "link_prediction/wn18rr": (
        "concept",
        40_943,
        93_003,
        11,
        {"facts": 65_130, "train": 21_705, "valid": 3_034, "test": 3_134},
    ),
    "link_prediction/fb15k237": (
        "triples",
        14_541,
        310_116,
        237,
        {"train": 272_115, "valid": 17_535, "test": 20_466},
    ),
    "concept/wordnet": ("concept", 117_659, 285_348, 22, {None: 285_348}),
    "concept/conceptnet100k": (
        "concept",
        78_334,
        102_397,
        34,
        {"train": 99_997, "valid": 1_200, "test": 1_200},
    ),
    "family/hinton": ("family", 24, 112, 12, {None: 112}),
    "drug/ddi_drugbank": (
        "drug",
        1_710,
        192_284,
        86,
        {"train": 134_641, "valid": 19_224, "test": 38_419},
    ),
    # 24 genes and 3,648 drugs stand only in the table of roles
    "drug/hetionet_subset": ("drug", 29_634 + 24 + 3_648, 181_389 + 16_276, 20, {None: 197_665}),
}


Triples = set[tuple[str, str, str]]


@cache
def whole(folder: str) -> Reading:
    """A folder of public data, read once for all tests."""
    return read_files([data(folder)])


def triples(graph: GraphData) -> Triples:
    return set(zip(*(graph.facts[c].to_pylist() for c in ("head", "relation", "tail")), strict=True))


def node(graph: GraphData, id_: str) -> dict[str, object]:
    row: dict[str, object] = graph.nodes.slice(graph.nodes["id"].index(id_).as_py(), 1).to_pylist()[0]
    return row


def data(folder: str) -> Path:
    path = Path(os.environ.get("KGP_TEST_DATA", "data")) / folder
    if not path.is_dir():
        pytest.skip(f"no test data at {path}; set KGP_TEST_DATA")
    return path


@pytest.mark.parametrize("folder", COUNTS)
def test_every_row_of_public_data_is_read(folder: str) -> None:
    domain, nodes, facts, relations, splits = COUNTS[folder]
    reading = whole(folder)
    found = reading.data
    assert reading.domain == domain
    assert (found.nodes.num_rows, found.facts.num_rows, found.relations.num_rows) == (nodes, facts, relations)
    counts = found.facts["split"].value_counts().to_pylist()
    assert {c["values"]: c["counts"] for c in counts} == splits
    assert reading.rejected == 0


def test_hetionet_and_interactions_join_on_the_accession() -> None:
    reading = read_files([data("drug/hetionet_subset"), data("drug/ddi_drugbank")])
    assert reading.domain == "drug"
    assert reading.data.facts.num_rows == 197_665 + 192_284
    warfarin = node(reading.data, "DB00682")
    assert (warfarin["type"], warfarin["name"]) == ("Drug", "Warfarin")
    assert warfarin["smiles"]
    relations = {r for h, r, t in triples(reading.data) if "DB00682" in (h, t)}
    assert {"BINDS", "HAS_ENZYME", "TARGETS"} <= relations
    assert any(r.startswith("INTERACTS_WITH:") for r in relations)


def test_interactions_keep_direction_template_and_warn_of_shared_pairs() -> None:
    reading = whole("drug/ddi_drugbank")
    templates = {r["name"]: r["template"] for r in reading.data.relations.to_pylist()}
    assert (
        templates["INTERACTS_WITH:46"]
        == "The metabolism of {tail} can be decreased when combined with {head}."
    )
    facts = triples(reading.data)
    assert ("DB04571", "INTERACTS_WITH:0", "DB00460") in facts  # drugs 0 and 1, as the test file has them
    assert ("DB00460", "INTERACTS_WITH:0", "DB04571") not in facts
    assert [note.split(" pairs")[0] for note in reading.notes if " pairs of " in note] == ["42", "74"]
    assert ["17 the other way" in reading.notes[0], "40 the other way" in reading.notes[1]] == [True, True]


def test_a_cold_start_is_read_with_tables_from_elsewhere_and_joins_hetionet() -> None:
    cold, tables = data("drug/ddi_cold_start"), data("drug/ddi_drugbank")
    named = [tables / "drugs.tsv.gz", tables / "relations.tsv.gz"]
    reading = read_files([cold, *named, data("drug/hetionet_subset")])
    assert (reading.domain, reading.rejected) == ("drug", 0)
    counts = {c["values"]: c["counts"] for c in reading.data.facts["split"].value_counts().to_pylist()}
    assert counts == {
        None: 181_389 + 16_276,
        "train": 99_283,
        "valid": 12_410 + 28_823 + 1_606,
        "test": 12_411 + 31_984 + 1_992,
    }
    assert reading.data.relations.num_rows == 20 + 86
    known = set(whole("drug/hetionet_subset").data.nodes["id"].to_pylist())
    drugs = set(whole("drug/ddi_drugbank").data.nodes["id"].to_pylist())
    assert set(reading.data.nodes["id"].to_pylist()) == known | drugs
    leaks = [note.split(" pairs of ") for note in reading.notes if " pairs of " in note]
    assert [(same, rest[:5], rest.split(" the other")[0][-2:]) for same, rest in leaks] == [
        ("14", "valid", " 7"),
        ("18", "test ", "14"),
    ]
    aside = [note for note in reading.notes if "left aside" in note]
    assert len(aside) == 4
    assert "train_1.tsv.gz was left aside: its 76,859 rows are in train too" in aside
    templates = {r["name"]: r["template"] for r in reading.data.relations.to_pylist()}
    assert {
        r["name"]: r["template"] for r in whole("drug/ddi_drugbank").data.relations.to_pylist()
    }.items() <= templates.items()


def test_synsets_have_their_ids_names_and_glosses() -> None:
    dog = node(whole("concept/wordnet").data, "02084071-n")
    assert dog["name"] == "dog"
    assert {"domestic dog", "dog.n.01"} <= set(cast("list[str]", dog["aliases"]))
    assert dog["part_of_speech"] == "noun"
    assert dog["gloss"]


def test_wordnet_files_give_what_the_table_gives() -> None:
    folder = Path(os.environ.get("KGP_TEST_WORDNET", "/usr/share/wordnet"))
    if not (folder / "data.noun").is_file():
        pytest.skip(f"no WordNet at {folder}; install wordnet-base or set KGP_TEST_WORDNET")
    files = [folder / f"data.{part}" for part in ("noun", "verb", "adj", "adv")]
    reading = read_files(files)
    assert reading.domain == "concept"
    assert reading.data.nodes.num_rows > 117_000
    assert triples(whole("concept/wordnet").data) <= triples(reading.data)


def test_a_person_who_is_the_head_of_a_kin_fact_is_the_relative() -> None:
    assert node(whole("link_prediction/family").data, "7")["sex"] == "F"  # 7 aunt 72


def test_graphs_are_named_after_folder_or_file(tmp_path: Path) -> None:
    folder = tmp_path / "two words"
    folder.mkdir()
    assert graph_name([folder], "triples") == "two_words"
    assert graph_name([folder / "some.facts.tsv.gz"], "drug") == "some.facts"
    assert graph_name([folder / "train.tsv", folder / "test.tsv"], "triples") == "two_words"
    assert graph_name([tmp_path / "~~.tsv"], "triples") == "triples"
    assert graph_name([tmp_path / "Graph.tsv"], "family") == "family"
    assert graph_name([sample_folder("drug")], "drug") == "drug"


def _changed(column: str, value: object) -> GraphData:
    whole = read_files([sample_folder("drug")]).data
    facts = whole.facts.to_pylist()
    facts[0][column] = value
    return GraphData(whole.nodes, pa.Table.from_pylist(facts, schema=whole.facts.schema), whole.relations)


def test_a_whole_graph_that_obeys_passes() -> None:
    check_graph(load_domain("drug"), read_files([sample_folder("drug")]).data)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("head", "DB99999", "is no node"),
        ("relation", "LIKES", "a fact of relation 'LIKES'"),
        ("split", "later", "split 'later'"),
        ("type", "TREATS", "a tail of type Gene for TREATS"),
    ],
)
def test_a_whole_graph_is_refused(column: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_graph(load_domain("drug"), _changed(column, value))


def test_a_symmetric_fact_stands_once() -> None:
    whole = read_files([sample_folder("drug")]).data
    facts = whole.facts.to_pylist()
    fact = next(f for f in facts if f["relation"] == "INTERACTS_WITH")
    fact["head"], fact["tail"] = fact["tail"], fact["head"]
    turned = pa.Table.from_pylist(facts, schema=whole.facts.schema)
    with pytest.raises(InputError, match="symmetric"):
        check_graph(load_domain("drug"), GraphData(whole.nodes, turned, whole.relations))


def test_a_symmetric_fact_given_both_ways_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "kin.tsv"
    path.write_text("b\tcousin\ta\na\tcousin\tb\nb\taunt\tc\n")
    assert triples(read_files([path]).data) == {("a", "COUSIN", "b"), ("b", "AUNT", "c")}


def test_a_graph_without_facts_or_with_a_fact_twice_is_refused() -> None:
    whole = read_files([sample_folder("drug")]).data
    with pytest.raises(InputError, match="without facts"):
        check_graph(load_domain("drug"), GraphData(whole.nodes, FACT_COLUMNS.empty_table(), whole.relations))
    twice = pa.concat_tables([whole.facts, whole.facts.slice(0, 1)])
    with pytest.raises(InputError, match="a fact twice"):
        check_graph(load_domain("drug"), GraphData(whole.nodes, twice, whole.relations))
    again = pa.concat_tables([whole.nodes, whole.nodes.slice(0, 1)])
    with pytest.raises(InputError, match="twice"):
        check_graph(load_domain("drug"), GraphData(again, whole.facts, whole.relations))
