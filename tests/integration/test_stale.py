"""Facts that come after a promotion: its predictions are stale from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_schema.domains import sample_folder
from graph_schema.errors import InputError
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import silent


def test_new_facts_make_predictions_stale(store: GraphStore, graph: str, tmp_path: Path) -> None:
    def stale() -> set[bool]:
        return {row["stale"] for row in views.best_predictions(store, graph, limit=1000)}

    sample, registry = sample_folder("drug"), RunRegistry(tmp_path / "runs")
    import_files(store, [sample], graph=graph, domain="drug")
    run = retrain(store, registry, graph, "frequency", progress=silent)
    promote(store, registry, run.id, Promotion(top=2, queries=5), progress=silent)
    assert import_files(store, [sample], graph=graph, domain="drug").added == 0
    assert stale() == {False}

    changed = tmp_path / "changed"
    changed.mkdir()
    lines = (sample / "facts.tsv").read_text("utf-8").splitlines()
    facts = {tuple(line.split("\t")[:3]) for line in lines}
    last = lines[-1].split("\t")
    tails = sorted(tail for _, relation, tail in facts if relation == last[1])
    last[2] = next(
        t for t in tails if t != last[0] and not {(last[0], last[1], t), (t, last[1], last[0])} & facts
    )
    (changed / "facts.tsv").write_text("\n".join([*lines, "\t".join(last)]) + "\n", "utf-8")
    (changed / "nodes.tsv").write_bytes((sample / "nodes.tsv").read_bytes())
    assert import_files(store, [changed], graph=graph, domain="drug").added == 1
    assert stale() == {True}
    with pytest.raises(InputError, match="its own domain, 'drug'"):
        import_files(store, [sample_folder("concept")], graph=graph)
