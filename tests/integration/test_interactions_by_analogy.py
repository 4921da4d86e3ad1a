"""Interactions told by analogy, from files to the graph and back, on both servers."""

from __future__ import annotations

from pathlib import Path

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import silent
from tests.typed_pairs import DRUGS, write_interactions

CLASSES = ("CCO", "c1ccccc1", "CC(=O)O")


def test_structures_come_through_the_store_and_analogues_stand_as_cases(
    store: GraphStore, tmp_path: Path
) -> None:
    folder = write_interactions(tmp_path / "ddi")
    lines = [f"{i}\tDB{i:05d}\tdrug {i:02d}\t{'C' * (i // 9)}{CLASSES[i % 3]}" for i in range(DRUGS)]
    (folder / "drugs.tsv").write_text("\n".join(["id\tdrugbank_id\tname\tsmiles", *lines]) + "\n", "utf-8")
    import_files(store, [folder], graph="alike", domain="drug")
    try:
        structures = pull(store, "alike").vocabulary.structures
        assert structures == {line.split("\t")[1]: line.split("\t")[3] for line in lines}
        run = retrain(
            store, RunRegistry(tmp_path / "runs"), "alike", "analogue_vote",
            promotion=Promotion(), progress=silent,
        )  # fmt: skip
        assert run.metrics["test"]["macro_f1"] > run.baselines["majority"]["test"]["macro_f1"]
        rows = views.best_predictions(store, "alike", limit=50)
        assert rows
        for row in rows:
            pair = {row["head"], row["tail"]}
            assert row["cases"], "known pairs that differ by an analogue"
            for case in row["cases"]:
                head, relation, tail = case["fact"]
                assert relation == row["relation"]
                assert len(pair & {head, tail}) == 1, "one end is replaced by its analogue"
    finally:
        store.drop_graph("alike")
