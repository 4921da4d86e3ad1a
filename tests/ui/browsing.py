"""A real browser on the pages: which one, and how to wait for what it draws."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
WAIT = 120_000


def drawn(page: Page, where: str) -> None:
    from playwright.sync_api import expect

    page.goto(where)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
    settled(page)


def settled(page: Page) -> None:
    """Nothing is being computed or faded any more."""
    from playwright.sync_api import expect

    for busy in ('[data-testid="stStatusWidget"]', '[data-testid="stSpinner"]', '[data-stale="true"]'):
        expect(page.locator(busy)).to_have_count(0, timeout=WAIT)


def choose(page: Page, row: int, opens: str) -> None:
    """Click the box before a row of the first table until its page opens; cells are drawn on a canvas."""
    from playwright.sync_api import TimeoutError as Late

    for _ in range(5):
        settled(page)
        page.wait_for_timeout(1000)
        box = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 17, box["y"] + 35 * (row + 1) + 17)
        with suppress(Late):
            page.wait_for_url(f"**/{opens}?*", timeout=10_000)
            return
    raise AssertionError(f"choosing row {row} did not open {opens}")
