"""The pages in a real browser: served by the command, drawn without an error."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from kgplatform import views
from tests.conftest import Loop

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = pytest.mark.skipif(
    _CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium here; apt-get install chromium"
)


@pytest.fixture(scope="module")
def address(loop: Loop) -> Iterator[str]:
    """Address of the pages over the store of the loop."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgplatform.cli", "serve", "--port", "0"],
        env={**os.environ, **loop.environment}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), line
    yield line
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


def test_home_and_why_are_drawn(loop: Loop, address: str, tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    row = views.best_predictions(loop.store, "drug", limit=1)[0]
    parts = {"graph": "drug", "head": row["head"], "relation": row["relation"], "tail": row["tail"]}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        expect(page.get_by_role("heading", name="Best predictions")).to_be_visible(timeout=60_000)
        page.goto(f"{address}/why?{urlencode(parts)}")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_contain_text(row["tail_name"], timeout=60_000)
        picture = page.locator("img").first
        expect(picture).to_be_visible(timeout=60_000)
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > 300
        page.screenshot(path=tmp_path / "why.png", full_page=True)
        page.set_viewport_size({"width": 800, "height": 900})
        expect(picture).to_be_visible()
        box = picture.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 800
        browser.close()
    assert errors == []
