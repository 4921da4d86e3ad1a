"""The picture of the README: the page Why on the drug sample, in a real browser.

After `make quickstart SERVE=0`: `python -m measuring.picture`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from urllib.parse import urlencode

from kgplatform import views
from kgplatform.opening import connect
from measuring.recording import RESULTS

PICTURE = RESULTS.parent / "docs" / "images" / "why.png"


def main() -> None:
    """Serve the pages, open the prediction with the most evidence, and keep what is seen."""
    from playwright.sync_api import expect, sync_playwright

    store = connect()
    rows = [r for r in views.best_predictions(store, "drug", limit=40) if len(r["paths"]) >= 3]
    held_out = [r for r in rows if r["held_out"]] or rows
    row = max(held_out[:10], key=lambda r: r["faithfulness"] or 0.0)
    parts = {"graph": "drug", "head": row["head"], "relation": row["relation"], "tail": row["tail"]}
    pages = subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "--store", store.url, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = pages.stdout.readline().strip() if pages.stdout else ""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.5)
            page.goto(f"{address}/why?{urlencode(parts)}")
            expect(page.locator(".evidence tbody tr").first).to_be_visible(timeout=60_000)
            page.wait_for_timeout(3000)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        pages.terminate()
        pages.wait()
        store.close()


if __name__ == "__main__":
    main()
