"""Typed predictions in a real browser: from the table of sentences to the cases of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from tests.conftest import Loop
from tests.small_graphs import silent
from tests.typed_pairs import write_interactions
from tests.ui.browsing import CHROMIUM, choose, drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium here; apt-get install chromium"
)

GRAPH = "typed-pages"


@pytest.fixture
def best(loop: Loop, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The likeliest typed prediction of a graph of interactions."""
    import_files(loop.store, [write_interactions(tmp_path / "ddi")], graph=GRAPH, domain="drug")
    retrain(loop.store, loop.registry, GRAPH, "naive_bayes", promotion=Promotion(queries=10), progress=silent)
    yield views.best_predictions(loop.store, GRAPH, limit=1)[0]
    loop.store.drop_graph(GRAPH)


def test_a_typed_prediction_reads_as_a_sentence_with_its_cases(
    best: dict[str, Any], address: str, page: Page
) -> None:
    from playwright.sync_api import expect

    drawn(page, f"{address}/predictions?{urlencode({'in': GRAPH})}")
    expect(page.get_by_text("likeliest first")).to_be_visible()
    choose(page, 0, "why")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(f"Why does {best['head_name']} interact with {best['tail_name']}?")
    letter = "abcd"[int(best["relation"].rpartition(":")[2])]
    expect(
        page.get_by_text(f"{best['head_name']} does {letter} to {best['tail_name']}.").first
    ).to_be_visible()
    expect(page.get_by_text("Known facts of the same kind that speak for it")).to_be_visible()
    expect(page.get_by_text("Rank", exact=True)).to_have_count(0)
    expect(page.get_by_text("Interacts", exact=True)).to_be_visible()
    expect(page.get_by_text("Type, given that they interact")).to_be_visible()
    page.get_by_role("tab", name="In words").click()
    expect(page.get_by_text("It is known that").first).to_be_visible()
    page.get_by_role("tab", name="Faithfulness").click()
    expect(page.get_by_text("Deletion curve: cases removed")).to_be_visible()
    page.get_by_role("tab", name="What if").click()
    shown = page.get_by_role("tabpanel").filter(has_text="Facts switched off")
    expect(shown.get_by_text("Nothing is switched off")).to_be_visible()
    shown.get_by_role("button").filter(has_text="interacts with").first.click()
    expect(shown.get_by_text("Nothing is switched off")).to_have_count(0)
