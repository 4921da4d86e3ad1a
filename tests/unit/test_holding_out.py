"""Facts held out at import: the same ones in any order, of the target relation, nothing made unknown."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graph_schema.domains import load_domain, sample_folder
from graph_schema.errors import InputError, UsageError
from graph_schema.tables import GraphData
from graph_schema.triples import Splits
from kgplatform.graphs.holding_out import packed, unpacked, with_held_out
from kgplatform.graphs.importing import import_files, read_files
from kgplatform.graphs.mirrors import Mirrors
from kgplatform.graphs.pulling import PulledGraph, keep_in_training, pull
from kgplatform.store.protocol import GraphStore

Fact = tuple[str, str, str]
NOTHING = np.zeros(0, dtype=np.int64)


def splits(data: GraphData) -> dict[Fact, str | None]:
    columns = (data.facts[c].to_pylist() for c in ("head", "relation", "tail"))
    return dict(zip(zip(*columns, strict=True), data.facts["split"].to_pylist(), strict=True))


def parts(of: set[Fact] | list[Fact]) -> tuple[set[str], set[str]]:
    return {end for h, _, t in of for end in (h, t)}, {r for _, r, _ in of}


def held_out(path: Path, share: float, domain: str | None = None) -> tuple[dict[Fact, str | None], list[str]]:
    """Splits by fact of files of which a share is held out, and what was said about it."""
    reading = read_files([path], domain=domain)
    data, notes = with_held_out(reading.schema, reading.data, share, kept=NOTHING)
    return splits(data), notes


@pytest.mark.parametrize("domain", ["concept", "drug", "family", "triples"])
def test_only_the_target_and_its_mirrors_are_held_out_and_nothing_becomes_unknown(domain: str) -> None:
    folder, schema = sample_folder(domain), load_domain(domain)
    found, _ = held_out(folder, 0.1, domain)
    assert set(found) == set(splits(read_files([folder], domain=domain).data))
    drawn = [f for f in found if schema.open or f[1].partition(":")[0] == schema.target]
    for split in ("valid", "test"):
        share = sum(found[f] == split for f in drawn) / len(drawn)
        assert 0.03 < share < 0.2
    mirrors = Mirrors.of(schema)
    by_one = {mirrors.as_one(f): found[f] for f in drawn}
    held = {f: s for f, s in found.items() if s != "train"}
    assert all(by_one[mirrors.as_one(f)] == split for f, split in held.items())
    known = [f for f, s in found.items() if s == "train"]
    assert parts(known) == parts(set(found))


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    draw = random.Random(1)
    facts = sorted({tuple(draw.choices("abcdefghij", k=2)) for _ in range(60)})
    lines = [f"{h}\tr{(ord(h) + ord(t)) % 3}\t{t}\n" for h, t in facts]
    (tmp_path / "a.tsv").write_text("".join(lines))
    one = held_out(tmp_path / "a.tsv", 0.2)
    draw.shuffle(lines)
    (tmp_path / "a.tsv").write_text("".join(lines))
    assert held_out(tmp_path / "a.tsv", 0.2) == one
    assert 0.1 < Counter(one[0].values())["test"] / len(facts) < 0.3


def test_what_stands_in_one_fact_only_is_never_held_out(tmp_path: Path) -> None:
    loops = [f"n{i}\tis\tn{i}\n" for i in range(50)]
    chain = [f"m{i}\tnext\tm{i + 1}\n" for i in range(10)]
    (tmp_path / "a.tsv").write_text("".join([*loops, *chain, "m1\tonce\tm2\n"]))
    found, notes = held_out(tmp_path / "a.tsv", 0.4, "triples")
    held = {f for f, s in found.items() if s != "train"}
    assert held
    assert {r for _, r, _ in held} == {"next"}
    assert any("could not be spared" in note for note in notes)


def test_too_little_to_hold_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a\tr\tb\nb\tr\tc\nc\tr\td\n")
    with pytest.raises(InputError, match="3 facts of all relations, of which 1 can be held out"):
        held_out(tmp_path / "a.tsv", 0.3)


def test_files_with_splits_of_their_own_are_refused(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a\tr\tb\nb\tr\tc\n")
    (tmp_path / "test.tsv").write_text("a\tr\tc\n")
    with pytest.raises(InputError, match=r"splits of their own \(test, train\)"):
        held_out(tmp_path, 0.1)


@pytest.mark.parametrize("share", [0.0, -0.1, 0.5, 1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="share"):
        held_out(sample_folder("family"), share)


def test_held_out_again_changes_nothing(store: GraphStore, graph: str) -> None:
    folder = [sample_folder("concept")]
    first = import_files(store, folder, graph=graph, hold_out=0.1)
    assert first.added
    assert any("held out as valid" in note for note in first.notes)
    again = import_files(store, folder, graph=graph, hold_out=0.1)
    assert (again.added, again.changed) == (0, 0)
    plain = import_files(store, folder, graph=graph)
    assert (plain.added, plain.changed) == (0, 0)  # files that say nothing of splits take none away


def test_facts_drawn_for_learning_stay_where_they_are_when_others_come(tmp_path: Path) -> None:
    dice = random.Random(3)
    names = [f"e{i:02}" for i in range(40)]
    facts = sorted({(dice.choice(names), dice.choice("rst"), dice.choice(names)) for _ in range(900)})
    small, large = (_learned(some, tmp_path / "a.tsv") for some in (dice.sample(facts, 700), facts))
    assert 0.06 < len(small["valid"]) / 700 < 0.14
    assert 0.06 < len(small["test"]) / 700 < 0.14
    for split, some in small.items():
        assert some <= large[split]


def test_a_fact_that_could_not_be_spared_stays_in_training_when_the_graph_has_grown(
    store: GraphStore, graph: str, tmp_path: Path
) -> None:
    """Leaves of a star are each one's only fact; a second one each would make them free to be drawn."""
    leaves = [f"hub\tr\tleaf{i:02}\n" for i in range(60)]
    circle = [f"c{i}\tr\tc{(i + j) % 20}\n" for i in range(20) for j in (1, 2, 3)]
    (tmp_path / "a.tsv").write_text("".join([*leaves, *circle]))
    import_files(store, [tmp_path / "a.tsv"], graph=graph, domain="triples")
    young = pull(store, graph)
    assert young.division.kept
    keep_in_training(store, young)
    keep_in_training(store, young)
    assert pull(store, graph).kept == young.division.kept
    assert _names(pull(store, graph).splits()) == _names(young.splits())
    (tmp_path / "b.tsv").write_text("".join(f"leaf{i:02}\tr\tc{i % 20}\n" for i in range(60)))
    import_files(store, [tmp_path / "b.tsv"], graph=graph, domain="triples")
    grown = pull(store, graph)
    trained = _names(young.splits())["known"]
    assert trained <= _names(grown.splits())["known"]
    forgetful = _names(replace(grown, kept=()).splits())
    assert not trained <= forgetful["known"]


def test_a_fact_trained_on_is_not_held_out_by_a_later_import(
    store: GraphStore, graph: str, tmp_path: Path
) -> None:
    leaves = [f"hub\tr\tleaf{i:02}\n" for i in range(60)]
    circle = [f"c{i}\tr\tc{(i + j) % 20}\n" for i in range(20) for j in (1, 2, 3)]
    (tmp_path / "a.tsv").write_text("".join([*leaves, *circle]))
    import_files(store, [tmp_path / "a.tsv"], graph=graph, domain="triples", hold_out=0.2)
    before = splits(store.get_graph(graph))
    with (tmp_path / "a.tsv").open("a") as file:
        file.writelines(f"leaf{i:02}\tr\tc{i % 20}\n" for i in range(60))
    import_files(store, [tmp_path / "a.tsv"], graph=graph, domain="triples", hold_out=0.2)
    after = splits(store.get_graph(graph))
    assert {f: after[f] for f in before} == before
    assert Counter(after.values())["test"] > Counter(before.values())["test"]


def test_places_go_into_text_and_back() -> None:
    kept = np.array([5, 2**48 - 1, 5, 0])
    assert unpacked(packed(kept)).tolist() == [0, 5, 2**48 - 1]
    assert unpacked("").tolist() == []


def _names(some: Splits) -> dict[str, set[Fact]]:
    return {
        name: {part.names(row) for row in part.triples}
        for name, part in (("known", some.known), ("valid", some.valid), ("test", some.test))
    }


def _learned(facts: list[Fact], file: Path) -> dict[str, set[Fact]]:
    """What a graph of these facts, without splits of its own, is divided into for learning."""
    file.write_text("".join("\t".join(fact) + "\n" for fact in facts))
    reading = read_files([file], domain="triples")
    return _names(PulledGraph("g", "1", load_domain("triples"), reading.data).splits())


def test_facts_that_stand_in_the_graph_keep_their_split() -> None:
    """A graph divided by an earlier version, or by another draw, is imported again: nothing of it changes."""
    reading = read_files([sample_folder("family")], domain="family")
    facts = list(splits(reading.data))
    parts = np.random.default_rng(5).choice(["valid", "test", "train"], len(facts), p=[0.1, 0.1, 0.8])
    stored = dict(zip(facts, parts.tolist(), strict=True))
    again, _ = with_held_out(reading.schema, reading.data, 0.1, kept=NOTHING, stored=stored)
    assert splits(again) == stored
    half = dict(list(stored.items())[::2])
    grown = splits(with_held_out(reading.schema, reading.data, 0.1, kept=NOTHING, stored=half)[0])
    assert all(grown[fact] == split for fact, split in half.items())
    assert any(split != "train" for fact, split in grown.items() if fact not in half)
