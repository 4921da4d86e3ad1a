"""kill -9 of imports, trainings, promotions and of the local server; outages; on both servers.

python acceptance/crash.py [--kills N] [--outage SECONDS] [PART …]

Each operation is measured first and then killed at seeded random moments spread over its length, half of them
where the writing is. Fewer kills or parts than all are printed, not recorded. What must hold after each kill:

* import: whole batches only, and the same command again ends with exactly the graph of an undisturbed import;
* training: no epoch seen is lost, and the resumed run ends with the same parameters and metrics, bit for bit;
* promotion: the predictions are all those of the one promoted run;
* server: every acknowledged commit is there, and a command it was killed under ends well;
* outage: the command says that it waits, goes on and ends right.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kgplatform.opening import connect
from kgplatform.store import down
from measuring.crash_place import Place
from measuring.crashes import PARTS
from measuring.recording import data_folder, record


def main() -> int:
    """Crash both servers' stores at the same time; the exit status says whether everything held."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--outage", type=float, default=20.0)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default all")
    chosen = parser.parse_args()
    data = data_folder() / "link_prediction"
    os.environ.setdefault("KGP_HEAP", "1g")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        places = []
        for seed, url in enumerate((f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j")):
            draw = random.Random(seed)
            places.append(
                Place(
                    url,
                    connect(url),
                    data / "family",
                    data / "umls",
                    chosen.kills,
                    chosen.outage,
                    draw,
                    say=say,
                )
            )
        servers = {info.product: info.version for info in (p.store.server() for p in places)}
        try:
            with ThreadPoolExecutor(len(places)) as pool:
                rows = list(pool.map(lambda place: crash(place, chosen.parts or list(PARTS)), places))
        finally:
            for place in places:
                place.store.close()
                down(place.url)
    faults = [fault for place in places for fault in place.faults]
    for fault in faults:
        say(fault)
    values = {
        "kills and outages": [row for part in zip(*rows, strict=True) for row in part],
        "faults": len(faults),
    }
    if chosen.parts or (chosen.kills, chosen.outage) != (20, 20.0):
        print(json.dumps(values))
    else:
        record("crash", values, seeds=[0, 1], servers=servers)
    return 1 if faults else 0


def crash(place: Place, parts: list[str]) -> list[dict[str, Any]]:
    """The rows of the parts on one server."""
    rows: list[dict[str, Any]] = []
    for part in parts:
        found = PARTS[part](place)
        rows += found if isinstance(found, list) else [found]
    return rows


def say(what: object) -> None:
    """Progress, at once."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
