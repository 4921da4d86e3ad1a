"""Ten people at the pages for five minutes: no error, nobody sees another's state, memory stays level.

python acceptance/sessions.py [--minutes N]

Each session is a browser window of its own that goes from page to page in an order of its own and checks that
what it sees is what it asked for. Memory is the server's, after each minute. Other times than the usual are
printed only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any
from urllib.parse import urlencode

import psutil

from graph_schema.domains import sample_folder
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.recording import record

SESSIONS, MINUTES, GROWTH = 10, 5, 1.15
"""The last minute may hold so much more than the second: the first fills the caches."""


def main() -> int:
    """Run; the exit status says whether everything held."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--minutes", type=float, default=MINUTES)
    options = read.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KGP_DATA": f"{folder}/data", "KGP_STORE": f"local:{folder}/store"}
        store = connect()
        server = store.server()
        try:
            rows = _prepare(store)
            values = _watched(rows, options.minutes)
        finally:
            store.close()
            down(os.environ["KGP_STORE"])
    if options.minutes == MINUTES:
        record("sessions", values, servers={server.product: server.version})
    else:
        print(json.dumps(values))
    return 0 if not values["faults"] and values["memory held"] else 1


def _prepare(store: GraphStore) -> list[dict[str, Any]]:
    with reporting() as progress:
        import_files(store, [sample_folder("drug")], graph="drug", domain="drug", hold_out=0.1)
        registry = registry_of(store)
        settings = {"epochs": 4, "layers": 3, "dim": 16}
        run = retrain(store, registry, "drug", "red_gnn", settings=settings, progress=progress)
        promote(store, registry, run.id, Promotion(top=5, queries=40, sample=0), progress=progress)
    return [r for r in views.best_predictions(store, "drug", limit=100) if r["paths"]]


def _watched(rows: list[dict[str, Any]], minutes: float) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    pages = subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    faults: list[str] = []
    memory: list[float] = []
    visits = 0
    try:
        address = pages.stdout.readline().strip() if pages.stdout else ""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            windows = [browser.new_context().new_page() for _ in range(SESSIONS)]
            dice = [random.Random(i) for i in range(SESSIONS)]
            began, minute = time.monotonic(), 0.0
            while (passed := (time.monotonic() - began) / 60) < minutes:
                asked = [_next(d, rows) for d in dice]
                for window, (where, _) in zip(windows, asked, strict=True):  # all at once, then all are read
                    window.goto(f"{address}/{where}", wait_until="commit")
                for window, (where, heading) in zip(windows, asked, strict=True):
                    faults += _faults(window, where, heading)
                    visits += 1
                if passed >= minute:
                    memory.append(_megabytes(pages.pid))
                    minute += 1
                    print(
                        f"{passed:.1f} min, {visits} visits, {memory[-1]:.0f} MB", file=sys.stderr, flush=True
                    )
            memory.append(_megabytes(pages.pid))
            browser.close()
    finally:
        pages.terminate()
        pages.wait()
    held = len(memory) < 3 or memory[-1] <= GROWTH * memory[1]
    return {
        "sessions": SESSIONS, "minutes": minutes, "visits": visits, "faults": faults[:20],
        "MB of the server, each minute": memory, "memory held": held,
    }  # fmt: skip


def _next(dice: random.Random, rows: list[dict[str, Any]]) -> tuple[str, str]:
    """An address, and the first heading that must stand there."""
    row = dice.choice(rows)
    statement = {"graph": "drug", **{k: row[k] for k in ("head", "relation", "tail")}}
    title = f"Why {row['head_name']} — {row['relation']} → {row['tail_name']}?"
    return dice.choice(
        [
            (f"why?{urlencode(statement)}", title),
            (f"why?{urlencode(statement | {'tab': 'What if'})}", title),
            (f"entity?{urlencode({'graph': 'drug', 'id': row['tail']})}", row["tail_name"]),
            (f"search?{urlencode({'q': row['head_name']})}", "Search"),
            (f"predictions?{urlencode({'in': 'drug', 'from': row['head']})}", "Predictions"),
        ]
    )


def _faults(window: Any, where: str, heading: str) -> list[str]:
    from playwright.sync_api import Error, expect

    try:
        expect(window.get_by_role("heading", level=1)).to_have_text(heading, timeout=60_000)
        expect(window.locator('[data-testid="stStatusWidget"]')).to_have_count(0, timeout=60_000)
        wrong = window.locator('[data-testid="stException"], [data-testid="stAlertContentError"]')
        return [f"{where}: {text}" for text in wrong.all_inner_texts()]
    except (AssertionError, Error) as error:
        return [f"{where}: {str(error)[:300]}"]


def _megabytes(process: int) -> float:
    """Of the process and those it started."""
    parent = psutil.Process(process)
    return sum(p.memory_info().rss for p in (parent, *parent.children(recursive=True))) / 2**20


if __name__ == "__main__":
    sys.exit(main())
