"""Facts held out at import: the same ones in any order, of the target relation, nothing made unknown."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from graph_schema.domains import load_domain, sample_folder
from graph_schema.errors import InputError, UsageError
from graph_schema.tables import GraphData
from kgplatform.graphs.importing import import_files, read_files
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.store.protocol import GraphStore

Fact = tuple[str, str, str]


def splits(data: GraphData) -> dict[Fact, str | None]:
    columns = (data.facts[c].to_pylist() for c in ("head", "relation", "tail"))
    return dict(zip(zip(*columns, strict=True), data.facts["split"].to_pylist(), strict=True))


def parts(of: set[Fact] | list[Fact]) -> tuple[set[str], set[str]]:
    return {end for h, _, t in of for end in (h, t)}, {r for _, r, _ in of}


@pytest.mark.parametrize("domain", ["concept", "drug", "family", "triples"])
def test_only_the_target_is_held_out_and_nothing_becomes_unknown(domain: str) -> None:
    found = splits(read_files([sample_folder(domain)], domain=domain, hold_out=0.1).data)
    assert set(found) == set(splits(read_files([sample_folder(domain)], domain=domain).data))
    schema = load_domain(domain)
    drawn = [f for f in found if schema.open or f[1].partition(":")[0] == schema.target]
    counts = Counter(found.values())
    assert counts["valid"] == counts["test"] == max(1, round(0.1 * len(drawn)))
    assert {f for f, s in found.items() if s != "train"} <= set(drawn)
    known = [f for f, s in found.items() if s == "train"]
    assert parts(known) == parts(set(found))


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    draw = random.Random(1)
    facts = sorted({tuple(draw.choices("abcdefghij", k=2)) for _ in range(60)})
    lines = [f"{h}\tr{(ord(h) + ord(t)) % 3}\t{t}\n" for h, t in facts]
    (tmp_path / "a.tsv").write_text("".join(lines))
    one = splits(read_files([tmp_path / "a.tsv"], hold_out=0.2).data)
    draw.shuffle(lines)
    (tmp_path / "a.tsv").write_text("".join(lines))
    assert splits(read_files([tmp_path / "a.tsv"], hold_out=0.2).data) == one
    assert Counter(one.values())["test"] == round(0.2 * len(facts))


def test_what_stands_in_one_fact_only_is_never_held_out(tmp_path: Path) -> None:
    loops = [f"n{i}\tis\tn{i}\n" for i in range(50)]
    chain = [f"m{i}\tnext\tm{i + 1}\n" for i in range(10)]
    (tmp_path / "a.tsv").write_text("".join([*loops, *chain, "m1\tonce\tm2\n"]))
    reading = read_files([tmp_path / "a.tsv"], domain="triples", hold_out=0.4)
    held = {f for f, s in splits(reading.data).items() if s != "train"}
    assert held
    assert {r for _, r, _ in held} == {"next"}
    assert any("were wanted" in note for note in reading.notes)


def test_too_little_to_hold_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a\tr\tb\nb\tr\tc\nc\tr\td\n")
    with pytest.raises(InputError, match="3 facts of all relations, of which 1 can be held out"):
        read_files([tmp_path / "a.tsv"], hold_out=0.3)


def test_files_with_splits_of_their_own_are_refused(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a\tr\tb\nb\tr\tc\n")
    (tmp_path / "test.tsv").write_text("a\tr\tc\n")
    with pytest.raises(InputError, match=r"splits of their own \(test, train\)"):
        read_files([tmp_path], hold_out=0.1)


@pytest.mark.parametrize("share", [0.0, -0.1, 0.5, 1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="share"):
        read_files([sample_folder("family")], hold_out=share)


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


def _learned(facts: list[Fact], file: Path) -> dict[str, set[Fact]]:
    """What a graph of these facts, without splits of its own, is divided into for learning."""
    file.write_text("".join("\t".join(fact) + "\n" for fact in facts))
    reading = read_files([file], domain="triples")
    parts = PulledGraph("g", "1", load_domain("triples"), reading.data).splits()
    return {
        name: {
            (v.entities[h], v.relations[r], v.entities[t])
            for v in (some.vocabulary,)
            for h, r, t in some.triples.tolist()
        }
        for name, some in (("known", parts.known), ("valid", parts.valid), ("test", parts.test))
    }
