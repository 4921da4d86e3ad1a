"""What trainings, promotions and evidence come to, to the last digit, by the public interface alone.

python -m tests.recorded.outputs local:FOLDER > tests/recorded/outputs.json

The digests hold on the machine that recorded them: elsewhere the same code trains to other last digits.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kgplatform as kgp
from graph_schema.domains import sample_folder
from trainers.kernels.threads import thread_count, use_threads

RECORDED = Path(__file__).with_name("outputs.json")
_QUICK = {
    "layers": 3,
    "dim": 32,
    "epochs": 20,
    "patience": 6,
    "batch_size": 40,
    "learning_rate": 0.01,
    "dropout": 0.1,
}
THREADS = 2
"""How work is parted decides last digits too, whatever cores there are."""

SAMPLES = ("family", "concept", "drug")
PUBLIC = ("umls", "family")


def arithmetic() -> dict[str, str]:
    """What decides the last digits: the processor and the libraries that compute on it."""
    import torch

    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8").splitlines() if cpu.exists() else []
    about = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    return {
        "processor": about.get("model name", platform.processor()),
        "flags": hashlib.sha256(about.get("flags", "").encode()).hexdigest()[:16],
        "capability": torch.backends.cpu.get_cpu_capability(),
        "blas": os.environ.get("OPENBLAS_CORETYPE", ""),
        "cores": "one" if _cores() == 1 else "several",  # products of matrices are parted by it
        **{name: version(name) for name in ("torch", "numpy", "numba", "llvmlite", "scipy")},
    }


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def outputs(store: kgp.Store, data: Path | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and digests of each graph. Args: data: folder of the public data; None leaves those graphs out."""
    before = thread_count()
    use_threads(THREADS)
    try:
        yield from _outputs(store, data)
    finally:
        use_threads(before)


def _outputs(store: kgp.Store, data: Path | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for domain in SAMPLES:
        store.load(sample_folder(domain), graph=f"recorded-{domain}", domain=domain, hold_out=0.1)
        yield f"{domain} sample", _learned(store[f"recorded-{domain}"], _QUICK)
    if data is None:
        return
    for name in PUBLIC:
        store.load(data / "link_prediction" / name, graph=f"recorded-public-{name}", domain="triples")
        yield name, _learned(store[f"recorded-public-{name}"], {"epochs": 1})


def _learned(graph: kgp.Graph, settings: dict[str, Any]) -> dict[str, Any]:
    run = graph.train("red_gnn", seed=0, **settings)
    found = [
        p.model_dump(mode="json", exclude={"run", "cases"}) for p in graph.promote(run, top=5, queries=40)
    ]
    text = "\n".join(json.dumps(p, sort_keys=True) for p in found)
    return {
        "predictions": len(found),
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "test_mrr": run.metrics["test"]["mrr"],
        "valid_mrr": run.metrics["valid"]["mrr"],
        "fingerprint": run.fingerprint,
    }


if __name__ == "__main__":
    folder = os.environ.get("KGP_TEST_DATA")
    with kgp.open(sys.argv[1]) as opened:
        graphs = dict(outputs(opened, Path(folder) if folder else None))
    print(json.dumps({"arithmetic": arithmetic(), "graphs": graphs}, indent=1))
