"""Whether drugs interact, in a real browser: pairs of every kind, ten drugs, an added one, an address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from tests.conftest import Loop
from tests.drug_world import NEW, NOBODY, TWICE, write_world
from tests.small_graphs import silent
from tests.ui.browsing import CHROMIUM, drawn, settled
from ui.components.copying import pairs_as_cypher

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium here; apt-get install chromium"
)

GRAPH = "checked-pages"
FRESH = "fresh; smiles=CCCCO; inhibits=CYP2C9"


@pytest.fixture(scope="module")
def world(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    import_files(
        loop.store, write_world(tmp_path_factory.mktemp("world") / "ddi"), graph=GRAPH, domain="drug"
    )
    retrain(loop.store, loop.registry, GRAPH, "analogue_vote", progress=silent)
    yield loop
    loop.store.drop_graph(GRAPH)


def _open(page: Page, address: str, **asked: str | list[str]) -> None:
    drawn(page, f"{address}/interactions?{urlencode({'in': GRAPH, **asked}, doseq=True)}")
    settled(page)


def _cells(page: Page) -> Locator:
    return page.locator("button.cell")


def test_it_opens_on_an_example_whose_matrix_and_table_move_each_other(
    world: Loop, address: str, page: Page
) -> None:
    from playwright.sync_api import expect

    _open(page, address)
    expect(_cells(page)).to_have_count(10)
    heads = [box["height"] for box in (h.bounding_box() for h in page.locator(".list th").all()) if box]
    assert len(set(heads)) == 1
    assert heads[0] < 50, "no word of a heading is broken"
    expect(page.get_by_text("Sample, for research, not for care", exact=False)).to_be_visible()
    known = page.locator("button.cell", has_text="known").first
    chosen = known.get_attribute("data-pair")
    known.click()
    expect(page.locator(f'button.pair[data-pair="{chosen}"]')).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("It is known:", exact=False)).to_be_visible()
    row = page.locator("button.pair").last
    chosen = row.get_attribute("data-pair")
    row.click()
    expect(page.locator(f'button.cell[data-pair="{chosen}"]')).to_have_attribute("aria-pressed", "true")
    one, other = row.inner_text().split(" – ")
    expect(page.get_by_role("heading", name=f"Do {one} and {other} interact?")).to_be_visible()
    expect(page.get_by_role("heading", name="Against")).to_be_visible()
    settled(page)
    page.get_by_role("tab", name="Analogues").click()
    expect(page.get_by_text("in the place of").first).to_be_visible()
    expect(page.get_by_alt_text("structure of", exact=False).first).to_be_visible()
    there = page.url
    page.goto(there)
    expect(page.get_by_role("heading", name=f"Do {one} and {other} interact?")).to_be_visible()
    rows = world.store.read(pairs_as_cypher(GRAPH, ["DB00000", "DB00001", "DB00002", "DB00003"]))
    assert all(row["kind"] == "INTERACTS_WITH" for row in rows)


def test_new_and_unknown_drugs_among_ten(world: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    drugs = [NEW, NOBODY, *(f"DB{i:05d}" for i in range(8))]
    _open(page, address, drug=drugs, pair=["DB00000", NOBODY])
    expect(_cells(page)).to_have_count(45)
    expect(page.get_by_text("Cannot say", exact=False)).to_be_visible()
    expect(page.get_by_text("That does not make the pair safe", exact=False)).to_be_visible()
    expect(page.get_by_text("No room for more", exact=False)).to_be_visible()
    half = page.locator(f'button.cell[data-pair*="{NEW}"]', has_text="◐").first
    assert "one new" in (half.get_attribute("title") or "")


def test_a_name_that_fits_two_is_asked_about(world: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    _open(page, address, drug=["DB00000", "DB00001"])
    box = page.get_by_label("Add a drug: name, alias or id")
    box.fill("twice")
    box.press("Enter")
    expect(page.get_by_text("2 are called so; which one?")).to_be_visible()
    page.get_by_text(f"twice ({TWICE[1]})").click()
    expect(_cells(page)).to_have_count(3)
    settled(page)
    assert TWICE[1] in page.url
    box.fill("nobody is called so")
    box.press("Enter")
    expect(page.get_by_text("No Drug is called", exact=False)).to_be_visible()
    box.fill("drug 07")
    box.press("Enter")
    expect(_cells(page)).to_have_count(6)


def test_a_drug_that_is_not_here_is_added_or_refused(world: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    _open(page, address, drug=["DB00000", "DB00001"])
    page.get_by_text("Add a drug that is not here").click()
    page.get_by_label("Its name").fill("fresh")
    page.get_by_label("Structure as SMILES").fill("no molecule")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("a SMILES that RDKit reads", exact=False)).to_be_visible()
    expect(_cells(page)).to_have_count(1)
    page.get_by_label("Structure as SMILES").fill("CCCCO")
    page.get_by_role("textbox", name="Inhibit").fill("CYP2C9")
    page.get_by_role("button", name="Add it").click()
    expect(_cells(page)).to_have_count(3)
    settled(page)
    assert "added=fresh" in page.url
    before = world.store.read("MATCH (n:Entity {graph: $g, id: 'fresh'}) RETURN n.id", {"g": GRAPH})
    assert before == [], "nothing is written"
    _open(page, address, drug=["DB00000"], added=[FRESH, "bare"], pair=["DB00000", "bare"])
    expect(_cells(page)).to_have_count(3)
    expect(page.get_by_text("Cannot say", exact=False)).to_be_visible()


def test_a_graph_without_such_a_run_says_what_to_do(world: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    drawn(page, f"{address}/interactions?in=drug")
    expect(page.get_by_text("kgp train analogue_vote drug --promote")).to_be_visible()
