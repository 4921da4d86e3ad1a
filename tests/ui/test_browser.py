"""The pages in a real browser: the analyst's story, whatever the names, for everybody, at any width."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest

from kgplatform import views
from tests.conftest import Loop
from tests.ui.browsing import CHROMIUM, WAIT, choose, drawn, settled
from ui.components.neighbourhood import side_name

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ("", "search?q=a", "entity", "predictions", "interactions", "why", "why?tab=What+if", "cypher")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium here; apt-get install chromium"
)


def _saved(page: Page, column: str) -> str:
    """What the one row of the table has in a column, as saved; that is swapped after the table."""
    for _ in range(60):
        with page.expect_download() as saved:
            page.get_by_role("button", name="JSON").click()
        rows = json.loads(saved.value.path().read_text("utf-8"))
        if len(rows) == 1 and column in rows[0]:
            return str(rows[0][column])
        page.wait_for_timeout(1000)
    raise AssertionError(rows)


def test_the_analysts_story(loop: Loop, address: str, page: Page) -> None:
    """Home, search, entity, prediction, why, what if, export, and the copied statement in the console."""
    from playwright.sync_api import expect

    row = views.best_predictions(loop.store, "drug", limit=1)[0]
    drawn(page, address)
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Name, alias or id").fill(row["head_name"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 1 shown")).to_be_visible()
    choose(page, 0, "entity")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(row["head_name"])
    assert "/entity?" in page.url

    page.goto(f"{address}/predictions?{urlencode({'in': 'drug', 'from': row['head']})}")
    expect(page.get_by_text("likeliest first")).to_be_visible()
    choose(page, 0, "why")
    expect(heading).to_have_text(f"Why does {row['head_name']} interact with {row['tail_name']}?")
    paths = page.locator(".evidence tbody tr")
    expect(paths).to_have_count(len(row["paths"]))
    page.locator(".evidence").get_by_role("button", name="Solo").nth(1).click()
    expect(page.locator(".evidence .said")).to_have_text(f"1 of {len(row['paths'])} paths")
    page.wait_for_url("**view=*")
    with page.expect_download() as saved:
        page.get_by_role("button", name="SVG").click()
    assert saved.value.path().read_text("utf-8").count("<svg") == 1
    with page.expect_download() as saved:
        page.locator(".evidence").get_by_role("button", name="Save PNG").click()
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON").click()
    kept = json.loads(saved.value.path().read_text("utf-8"))[0]
    assert kept["tail"] == row["tail"]

    again = page.url
    page.get_by_role("button", name="Copy as Cypher").click()
    statement = page.get_by_test_id("stCode").first.inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="What if").click()
    before = page.get_by_test_id("stMetricValue").all_inner_texts()
    page.get_by_test_id("stButtonGroup").get_by_role("toolbar").get_by_role("button").first.click()
    expect(page.get_by_test_id("stMetricDelta").first).to_be_visible()
    assert page.get_by_test_id("stMetricValue").all_inner_texts() != before
    page.wait_for_url("**off=*")

    drawn(page, f"{address}/cypher")
    page.get_by_role("textbox", name="Statement").fill(statement)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 row in")).to_be_visible()
    settled(page)
    shown = json.loads(_saved(page, "p.evidence_paths"))
    assert [json.loads(p) for p in shown] == [[list(f) for f in p["facts"]] for p in row["paths"]]

    drawn(page, again)  # the address alone opens the same view
    expect(page.locator(".evidence .said")).to_have_text(f"1 of {len(row['paths'])} paths")


def test_an_address_opens_the_same_view(loop: Loop, address: str, page: Page) -> None:
    """Whatever is chosen is in the address, what is chosen at first too, and opens again from it."""
    from playwright.sync_api import expect

    drawn(page, f"{address}/predictions")
    page.wait_for_url("**/predictions?in=drug")
    drug = views.best_predictions(loop.store, "drug", limit=1)[0]["head"]
    sides = views.neighbour_counts(loop.store, "drug", drug)
    relation = next(c["relation"] for c in reversed(sides) if c["direction"] == "out")
    words = next(r["display"] for r in views.relations(loop.store, "drug") if r["relation"] == relation)
    for where, seen in (
        ("predictions?in=drug&least=0.5", "least probability 0.5"),
        ("search?in=drug&q=a&type=Gene", "Gene · "),
        (f"entity?graph=drug&id={drug}&neighbours=%E2%86%92+{relation}", f"{words} → · "),
        ("why?tab=In+words", "Because"),
        ("cypher?statement=RETURN+1+AS+one&tab=Plan&in=drug", "1 row in"),
    ):
        drawn(page, f"{address}/{where}")
        expect(page.get_by_text(seen).first).to_be_visible()
        asked, kept = (parse_qs(a.partition("?")[2]) for a in (where, page.url))
        assert {name: kept.get(name) for name in asked} == asked


def test_a_statement_can_be_cancelled(loop: Loop, address: str, page: Page) -> None:
    """Cancel ends it on the server, and nothing is asked again until somebody says so."""
    from playwright.sync_api import expect

    mark = "a * b = 7 OR a * b = 11"
    endless = f"UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE {mark} RETURN a"
    drawn(page, f"{address}/cypher")
    page.get_by_role("textbox", name="Statement").fill(endless)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled: the server was told to end it")).to_be_visible()
    for _ in range(600):
        running = loop.store.read("SHOW TRANSACTIONS YIELD currentQuery")
        if not any(mark in row["currentQuery"] for row in running):
            return
        page.wait_for_timeout(200)
    raise AssertionError(running)


@pytest.mark.parametrize("width", [1280, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(address: str, browser: Browser, width: int, scheme: Any) -> None:
    """No page has a serious violation by axe-core, and none is wider than the window."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    for where in PAGES:
        drawn(page, f"{address}/{where}")
        for _ in range(5):  # what fades in is faint for a moment
            page.wait_for_timeout(1000)
            settled(page)
            bad = [
                (where, v["id"], [n["html"][:160] for n in v["nodes"]])
                for v in Axe().run(page).response["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            if not bad:
                break
        found += bad
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (where, wide)
    context.close()
    assert found == []


def test_a_picture_by_keyboard_alone(loop: Loop, address: str, page: Page) -> None:
    """The paths' table does by keyboard what clicks do in the picture."""
    from playwright.sync_api import expect

    drawn(page, f"{address}/why")
    first = page.locator(".evidence td.chain button").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".evidence .detail li").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".evidence .said")).to_contain_text("paths")


def test_names_are_shown_as_they_are(loop: Loop, address: str, page: Page, tmp_path: Path) -> None:
    """Quotes, markup, right-to-left letters, 500 characters: drawn, and nothing is executed."""
    from playwright.sync_api import expect

    row = views.best_predictions(loop.store, "drug", limit=1)[0]
    name = '<img src=x onerror="window.hit=1">\'"**`$x$` שלום ' + "n" * 450
    ids = [row["head"], *(e for p in row["paths"] for h, _, t in p["facts"] for e in (h, t))]
    old = views.entities(loop.store, "drug", ids)
    _rename(loop, dict.fromkeys(ids, name))
    try:
        asked = urlencode({"graph": "drug", **{k: row[k] for k in ("head", "relation", "tail")}})
        for where in (f"why?{asked}", f"entity?graph=drug&id={row['head']}", "predictions?in=drug", ""):
            drawn(page, f"{address}/{where}")
            assert page.evaluate("window.hit") is None, where
        drawn(page, f"{address}/entity?graph=drug&id={row['head']}")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
    finally:
        _rename(loop, {i: old[i]["name"] for i in ids})


def _rename(loop: Loop, names: dict[str, str]) -> None:
    """Give entities other names, and their graph another version, as an import would."""
    with loop.store.transaction() as transaction:
        transaction.run(
            "UNWIND $rows AS row MATCH (n:Entity {key: row[0]}) SET n.name = row[1]",
            {"rows": [[f"drug/{i}", name] for i, name in names.items()]},
        )
        transaction.run(
            "MATCH (g:Graph {name: 'drug'}) SET g.version = $v", {"v": str(abs(hash(str(names))))}
        )


def _click(page: Page, kind: str) -> dict[str, Any]:
    """Click the first node of a kind in the neighbourhood's picture; what it knows."""
    found: dict[str, Any] = page.locator(".neighbourhood").evaluate(
        """(root, kind) => {
            const node = root.picture.nodes(kind).first(), graph = root.querySelector(".graph");
            graph.scrollIntoView({ block: "center" });
            const box = graph.getBoundingClientRect(), at = node.renderedPosition();
            return { ...node.data(), x: box.x + at.x, y: box.y + at.y };
        }""",
        kind,
    )
    page.mouse.click(found["x"], found["y"])
    return found


def _names(page: Page, picture: str) -> list[str]:
    """What is written in the nodes that are shown."""
    found: list[str] = page.locator(picture).evaluate(
        """root => root.picture.nodes().filter((n) => n.style("display") !== "none")
            .map((n) => n.style("label"))"""
    )
    return found


def test_a_neighbourhood_is_drawn_folds_and_leads_on(loop: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    drug = views.best_predictions(loop.store, "drug", limit=1)[0]
    sides = views.neighbour_counts(loop.store, "drug", drug["head"])
    asked = {"graph": "drug", "id": drug["head"], "neighbours": side_name(sides[-1])}
    drawn(page, f"{address}/entity?{urlencode(asked)}")
    said = page.locator(".neighbourhood .said")
    expect(said).to_contain_text(f"of {sum(s['facts'] for s in sides)} shown")
    names, before = _names(page, ".neighbourhood"), said.inner_text()
    assert drug["head_name"] in names
    assert any(name.replace("\n", " ").startswith("interacts with · ") for name in names)
    assert len(names) <= 60

    _click(page, "[?group]")
    expect(said).not_to_have_text(before)
    page.wait_for_url("**turned=*")
    _click(page, "[?group]")
    expect(said).to_have_text(before)
    settled(page)
    _click(page, "[?rest]")  # of the largest group, which needs no word in the address
    page.wait_for_url(lambda url: "neighbours" not in url)
    settled(page)
    other = _click(page, "[?entity]")
    page.wait_for_url(f"**/entity?*id={other['entity']}*")
    expect(page.get_by_role("heading", level=1)).to_have_text(other["name"])


def test_what_paths_share_is_drawn_once_or_apart(loop: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    def inner(row: dict[str, Any]) -> list[str]:
        ends = (row["head"], row["tail"])
        return [e for p in row["paths"] for e in {e for h, _, t in p["facts"] for e in (h, t)} - {*ends}]

    rows = views.best_predictions(loop.store, "drug", limit=500)
    row = next(r for r in rows if len(set(inner(r))) < len(inner(r)))
    asked = urlencode({"graph": "drug", **{k: row[k] for k in ("head", "relation", "tail")}})
    drawn(page, f"{address}/why?{asked}")
    expect(page.locator(".evidence tbody tr")).to_have_count(len(row["paths"]))
    assert len(_names(page, ".evidence")) == 2 + len(set(inner(row)))
    page.get_by_label("Paths apart").check()
    page.wait_for_url("**apart*")
    assert len(_names(page, ".evidence")) == 2 + len(inner(row))
    page.locator(".evidence").get_by_role("button", name="Solo").first.click()
    expect(page.locator(".evidence .said")).to_have_text(f"1 of {len(row['paths'])} paths")
    assert len(_names(page, ".evidence")) == 1 + len(row["paths"][0]["facts"])
    page.wait_for_url("**solo*")
    drawn(page, page.url)
    expect(page.get_by_label("Paths apart")).to_be_checked()


def test_filters_fold_and_the_table_is_on_the_first_screen(loop: Loop, address: str, page: Page) -> None:
    from playwright.sync_api import expect

    row = views.best_predictions(loop.store, "drug", limit=1)[0]
    drawn(page, f"{address}/predictions?in=drug")
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    box = table.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 1000
    head = page.get_by_label("Head", exact=True)
    expect(head).not_to_be_visible()
    page.get_by_text("Filters", exact=True).click()
    head.fill(row["head_name"])
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Filters: head {row['head_name']}")).to_be_visible()
    expect(head).to_be_visible()
    page.wait_for_url("**from=*")


def test_on_a_narrow_screen_lanes_run_downwards(loop: Loop, address: str, browser: Browser) -> None:
    from playwright.sync_api import expect

    row = views.best_predictions(loop.store, "drug", limit=1)[0]
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(WAIT)
    asked = urlencode({"graph": "drug", **{k: row[k] for k in ("head", "relation", "tail")}})
    drawn(page, f"{address}/why?{asked}")
    expect(page.locator('.evidence .graph[data-runs="downwards"]')).to_be_visible()
    names = [name.replace("\n", " ") for name in _names(page, ".evidence")]
    assert {row["head_name"], row["tail_name"]} <= set(names)
    assert not [name for name in names if "…" in name]
    first, last = (
        page.locator(".evidence").evaluate("(r, i) => r.picture.nodes('[?end]')[i].position()", i)
        for i in (0, 1)
    )
    assert first["y"] < last["y"]
    assert first["x"] == pytest.approx(last["x"], abs=1)
    figures = [f.bounding_box() for f in page.get_by_test_id("stMetric").all()]
    assert [f["y"] for f in figures if f] == sorted(f["y"] for f in figures if f)
    assert len({round(f["y"]) for f in figures if f}) == 2
    for where in PAGES:
        drawn(page, f"{address}/{where}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    page.close()
