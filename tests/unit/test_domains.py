"""Every domain: its schema stands, its sample reads whole, and nothing else claims its files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest
import yaml

from graph_schema.domains import available_domains, load_domain, load_importer, own_files, sample_folder
from graph_schema.reading import InputFiles
from kgplatform.graphs.importing import guess_domain, read_files

DOMAINS = available_domains()


def test_the_folder_is_the_registry() -> None:
    assert DOMAINS == ("concept", "drug", "family", "triples")


@pytest.mark.parametrize("name", DOMAINS)
def test_schema_says_what_people_need(name: str) -> None:
    schema = load_domain(name)
    assert schema.domain == name
    assert schema.title
    assert schema.description
    assert schema.licence
    assert schema.sources
    assert all(source.licence for source in schema.sources)
    for relation in schema.relation_types:
        assert relation.template is not None, relation.name
        assert "{head}" in relation.template
        assert "{tail}" in relation.template


@pytest.mark.parametrize("name", DOMAINS)
def test_sample_is_recognised_read_and_sourced(name: str) -> None:
    files = InputFiles.of([sample_folder(name)], own=own_files())
    assert guess_domain(files) == name
    reading = read_files([sample_folder(name)])
    facts = reading.data.facts
    assert reading.rejected == 0
    assert facts.num_rows >= 150
    assert facts["split"].null_count == facts.num_rows
    named = {s for row in facts["sources"].to_pylist() for s in row}
    assert named
    assert named <= {source.name for source in load_domain(name).sources}
    assert pc.min(pc.list_value_length(facts["sources"])).as_py() >= 1


@pytest.mark.parametrize("name", DOMAINS)
def test_rows_come_sorted_whatever_their_order(name: str) -> None:
    data = read_files([sample_folder(name)]).data
    ids = data.nodes["id"].to_pylist()
    assert ids == sorted(ids)
    keys = list(zip(*(data.facts[c].to_pylist() for c in ("head", "relation", "tail")), strict=True))
    assert keys == sorted(set(keys))


def test_sample_of_drugs_says_what_was_checked() -> None:
    facts = read_files([sample_folder("drug")]).data.facts.to_pylist()
    for fact in facts:
        assert fact["checked"] is (fact["sources"] == ["Hetionet v1.0"])
    assert load_domain("drug").disclaimer is not None
    assert "not for care" in str(load_domain("drug").disclaimer)


def test_every_interaction_of_the_sample_has_a_mechanism() -> None:
    facts = read_files([sample_folder("drug")]).data.facts.to_pylist()
    interactions = [f for f in facts if f["relation"] == "INTERACTS_WITH"]
    assert len(interactions) > 400
    assert all(f["mechanism"] for f in interactions)
    assert all(f["head"] < f["tail"] for f in interactions)


def test_mechanisms_of_the_sample_follow_from_its_facts() -> None:
    data = read_files([sample_folder("drug")]).data
    name = dict(zip(data.nodes["id"].to_pylist(), data.nodes["name"].to_pylist(), strict=True))
    facts = {(name[f["head"]], f["relation"], name[f["tail"]]) for f in data.facts.to_pylist()}
    told = 0
    for mechanism in data.facts["mechanism"].to_pylist():
        for reason in (mechanism or "").split("; "):
            for verb, relation in ((" inhibits ", "INHIBITS"), (" induces ", "INDUCES")):
                if verb in reason:
                    drug, rest = reason.split(verb)
                    gene, other = rest.split(", which clears or carries ")
                    assert (drug, relation, gene) in facts
                    assert (other, "SUBSTRATE_OF", gene) in facts
                    told += 1
    assert told > 300


def test_everything_in_the_sample_of_drugs_is_described() -> None:
    nodes = read_files([sample_folder("drug")]).data.nodes.to_pylist()
    said = {node["name"]: node["description"] or "" for node in nodes}
    assert all(text.endswith(".") for text in said.values())
    assert len(set(said.values())) >= len(said) - 5  # two channels, or two drugs of a class, may read alike
    assert "CYP3A4" in said["Ketoconazole"]


def test_sample_of_concepts_is_a_taxonomy_of_described_synsets() -> None:
    data = read_files([sample_folder("concept")]).data
    facts = [(f["head"], f["relation"], f["tail"]) for f in data.facts.to_pylist()]
    named = Counter(end for head, _, tail in facts for end in (head, tail))
    above: dict[str, set[str]] = {}
    for head, relation, tail in facts:
        if relation == "HYPERNYM":
            above.setdefault(head, set()).add(tail)
    for node in data.nodes.to_pylist():
        assert node["gloss"], node["id"]
        assert named[node["id"]] >= 3, node["id"]
        if node["id"] not in {"entity.n.01", "act.v.01"}:
            assert 1 <= len(above[node["id"]]) <= 2, node["id"]
        seen: set[str] = set()
        todo = set(above.get(node["id"], ()))
        while todo:
            seen |= todo
            todo = {higher for one in todo for higher in above.get(one, ())} - seen
        assert node["id"] not in seen


def test_no_concept_of_the_sample_is_both_of_two_opposites() -> None:
    facts = read_files([sample_folder("concept")]).data.facts.to_pylist()
    properties: dict[str, set[str]] = {}
    for fact in facts:
        if fact["relation"] == "HAS_PROPERTY":
            properties.setdefault(fact["head"], set()).add(fact["tail"])
    opposites = [{f["head"], f["tail"]} for f in facts if f["relation"] == "ANTONYM"]
    assert len(opposites) > 20
    assert [(h, o) for h, own in properties.items() for o in opposites if o <= own] == []


def test_domain_files_are_plain_yaml() -> None:
    for name in DOMAINS:
        path = sample_folder(name).parent / "domain.yaml"
        assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


@pytest.mark.parametrize(
    ("rows", "domain"),
    [
        ("a\taunt\tb\nb\tuncle\tc\n", "family"),
        ("cat\tIsA\tanimal\ncat\tCapableOf\tpurr\n", "concept"),
        ("1\t_hypernym\t2\n", "concept"),
        ("a\tIsa\tb\na\tCauses\tc\n", "triples"),
        ("a\taunt\tb\na\tneighbour\tc\n", "triples"),
        ("# who\tis\twhat\na\tmother-in-law\tb\n", "family"),
        ("head,relation,tail\na,aunt,b\n", "family"),
        ("0 HEAD\n0 @I1@ INDI\n0 TRLR\n", "family"),
        ("id\tname\tkind\nGene::1\tG\tGene\n", "drug"),
        ("id\ttype\tname\na\tb\tc\n", "triples"),
    ],
)
def test_guess_by_content(rows: str, domain: str, tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text(rows, "utf-8")
    assert guess_domain(InputFiles.of([path])) == domain
    assert load_importer(domain).recognise(InputFiles.of([path]))


@pytest.mark.parametrize("domain", available_domains())
def test_node_types_begin_with_a_capital(domain: str) -> None:
    """`kgplatform.graphs.relation_types` looks for them only where a relation does."""
    assert all(kind.name[0].isupper() for kind in load_domain(domain).node_types)
