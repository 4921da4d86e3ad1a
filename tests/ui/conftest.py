"""The pages served over the store of the loop, and a browser that looks at them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Loop
from tests.ui.browsing import CHROMIUM, OPTIONS, WAIT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def address(loop: Loop) -> Iterator[str]:
    """Address of the pages over the store of the loop."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "serve", "--port", "0"],
        env={**os.environ, **loop.environment}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), line
    yield line
    process.terminate()
    process.wait(timeout=120)
    process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page at 1280 pixels, whose scripts must not fail and which must not talk to anybody else."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1000})
    opened.set_default_timeout(WAIT)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("requestfailed", lambda request: errors.append(request.url))
    yield opened
    opened.close()
    assert [e for e in errors if "127.0.0.1" not in e] == []
