"""Neighbours by vectors on the pages, in a real browser: the slider changes who is near."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlparse

import pytest

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.serving.similar import Neighbours, neighbours
from tests.conftest import Loop
from tests.small_graphs import grandparents, silent
from tests.ui.browsing import CHROMIUM, choose, drawn, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium here; apt-get install chromium"
)

GRAPH = "alike-pages"


@pytest.fixture
def index(loop: Loop, tmp_path: Path) -> Iterator[Neighbours]:
    """The promoted vectors of a graph of grandparents, at 2, 4 and 9 dimensions."""
    splits = grandparents()
    for name, facts in (("train", splits.known), ("valid", splits.valid), ("test", splits.test)):
        rows = ("\t".join(facts.names(row)) + "\n" for row in facts.triples)
        (tmp_path / f"{name}.tsv").write_text("".join(rows), "utf-8")
    files = [tmp_path / f"{s}.tsv" for s in ("train", "valid", "test")]
    import_files(loop.store, files, graph=GRAPH, domain="triples")
    settings = {"widths": (2, 4, 9), "epochs": 4, "batch_size": 32, "learning_rate": 0.05}
    run = retrain(
        loop.store, loop.registry, GRAPH, "med", settings=settings, promotion=Promotion(queries=5),
        progress=silent,
    )  # fmt: skip
    yield neighbours(loop.registry, pull(loop.store, GRAPH), run.id)
    loop.store.drop_graph(GRAPH)


def test_a_slider_cuts_the_vectors_and_the_address_keeps_it(
    index: Neighbours, address: str, page: Page
) -> None:
    from playwright.sync_api import expect

    drawn(page, f"{address}/entity?{urlencode({'graph': GRAPH, 'id': 'p010'})}")
    expect(page.get_by_role("heading", name="Similar by vectors")).to_be_visible()
    expect(page.get_by_text("By the first 9 dimensions (18 floats) of med")).to_be_visible()
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("ArrowLeft")
    settled(page)
    whole, cut = (index.of("p010", dims=dims) for dims in (9, 4))
    shared = len({n.id for n in whole.found} & {n.id for n in cut.found})
    said = f"By the first 4 dimensions (8 floats) of med, cosine. {shared} of 10 are also among the nearest"
    expect(page.get_by_text(said)).to_be_visible()
    assert parse_qs(urlparse(page.url).query)["dims"] == ["4"]
    drawn(page, page.url)
    expect(page.get_by_text(said)).to_be_visible()


def test_analogies_are_called_what_they_are(index: Neighbours, address: str, page: Page, loop: Loop) -> None:
    from playwright.sync_api import expect

    best = next(p for p in views.best_predictions(loop.store, GRAPH, limit=20) if p["cases"])
    assert best["faithfulness"] is None
    assert best["paths"] == []
    asked = {"graph": GRAPH, **{end: best[end] for end in ("head", "relation", "tail")}}
    drawn(page, f"{address}/why?{urlencode(asked)}")
    expect(page.get_by_text("Analogies: known facts of the same kind")).to_be_visible()
    page.get_by_role("tab", name="In words").click()
    expect(page.get_by_text("Much like it, it is known that").first).to_be_visible()
    for tab in ("What if", "Faithfulness"):
        page.get_by_role("tab", name=tab).click()
        shown = page.get_by_role("tabpanel", name=tab)  # that of the tab before fades out meanwhile
        expect(shown.get_by_text("Analogies have no measure by deletion")).to_be_visible()


def test_search_turns_to_who_is_similar(index: Neighbours, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    drawn(page, f"{address}/search?{urlencode({'in': GRAPH, 'q': 'p010'})}")
    page.get_by_text("Similar to p010 by vectors").click()
    settled(page)
    expect(page.get_by_text("By the first 9 dimensions")).to_be_visible()
    choose(page, 0, "entity")
    nearest = index.of("p010").found[0]
    expect(page.get_by_role("heading", level=1)).to_have_text(nearest.name)
