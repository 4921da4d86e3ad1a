"""Figures that documentation quotes are those of the records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def values(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "results" / f"{name}.json").read_text("utf-8"))["values"]
    return found


def test_the_walk_through_quotes_its_record() -> None:
    text, found = (ROOT / "docs" / "repurposing.md").read_text("utf-8"), values("repurposing")
    (row,) = [line for line in text.splitlines() if line.startswith("| RED-GNN")]
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    wanted = [f"{found['mean'][n]:.3f} ± {found['spread'][n]:.3f}" for n in ("mrr", "hits@10", "auc")]
    assert cells == wanted
    for name, other in (("frequency", "frequency"), ("degree product", "degree_product")):
        told = " | ".join(f"{found[other][n]:.3f}" for n in ("mrr", "hits@10", "auc"))
        assert f"| {name} | {told} |" in text
    promoted, shown = found["promoted"], found["walked through"]
    assert f"they expect {promoted['expected']:.1f} test treatments" in text
    assert f"{promoted['found']} are." in text
    assert f"{found['facts']:,} facts" in text
    assert f"rank {shown['rank']:.0f} of all, with a probability of {shown['probability']:.2f}" in text
    for way in found["its ways"]:
        assert f"{way['facts']}. Of {way['pairs']} other pairs" in text
    assert found["reached"]


def test_the_readme_quotes_its_records() -> None:
    told = [
        line.rstrip(" |").rpartition("| ")[2]
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith(("| test MRR", "| training on", "| predictions a second"))
    ]

    def of(name: str, rows: str) -> dict[str, Any]:
        return next(row for row in values(name)[rows] if row["graph"] == "umls")

    paths = "predictions with paths a second, all queries"
    assert told == [
        f"{of('red_gnn', 'benchmarks')['test_mrr']:.3f}",
        f"{of('training', 'graphs')['ratio']:.0f}",
        f"{of('prediction', 'graphs')[paths]:,.0f}",
    ]
