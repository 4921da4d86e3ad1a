"""How long a person waits for a first sign of life: of `kgp`, of imports and of trainings, on every graph.

python benchmarks/first_line.py [GRAPH …]

Seconds from the start of the command to its first output. Imports run to their end, trainings are stopped
after it. Runs of some graphs only are printed and not kept.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring.recording import data_folder, record

FOLDERS = {
    "umls": ["link_prediction/umls"],
    "family": ["link_prediction/family"],
    "wn18rr": ["link_prediction/wn18rr"],
    "fb15k237": ["link_prediction/fb15k237"],
    "wordnet": ["concept/wordnet"],
    "drug": ["drug/hetionet_subset", "drug/ddi_drugbank"],
}
WANTED, COMMAND = 5.0, 0.5
KGP = [sys.executable, "-m", "kgplatform"]


def main() -> int:
    """Measure; the exit status says whether nobody waited too long."""
    data, chosen = data_folder(), sys.argv[1:] or list(FOLDERS)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KGP_DATA": f"{folder}/data", "KGP_STORE": f"local:{folder}/store"}
        helps = [_first([*KGP, "--help"], whole=True)[0] for _ in range(9)]
        subprocess.run([*KGP, "up"], check=True, stdout=subprocess.DEVNULL)
        try:
            rows = [_graph(name, data) for name in chosen]
        finally:
            subprocess.run([*KGP, "down"], check=False, stdout=subprocess.DEVNULL)
    help_seconds = statistics.median(helps)
    values = {"graphs": rows, "kgp --help, s": help_seconds, "wanted, s": [WANTED, COMMAND]}
    if len(rows) == len(FOLDERS):
        record("first_line", values)
    else:
        print(json.dumps(values))
    slowest = max(row[k] for row in rows for k in ("import, s", "train, s"))
    return 0 if slowest <= WANTED and help_seconds <= COMMAND else 1


def _graph(name: str, data: Path) -> dict[str, Any]:
    paths = [str(data / folder) for folder in FOLDERS[name]]
    first, status = _first([*KGP, "import", *paths, "--as", name], whole=True)
    if status:
        raise RuntimeError(f"the import of {name} ended with {status}")
    trained, _ = _first([*KGP, "train", "red_gnn", name], whole=False)
    row = {"graph": name, "import, s": first, "train, s": trained}
    print(row, file=sys.stderr, flush=True)
    return row


def _first(command: list[str], *, whole: bool) -> tuple[float, int]:
    """Seconds to the first byte on either stream, and the exit status. Args: whole: let it end by itself."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    process.stdout.read(1)
    seconds = time.perf_counter() - began
    if not whole:
        process.send_signal(signal.SIGINT)
    process.communicate()
    return seconds, process.returncode


if __name__ == "__main__":
    sys.exit(main())
