"""Public graphs into both servers: counts, second imports, that they agree row for row; and damaged files.

python acceptance/imports.py
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graph_schema.errors import InputError
from graph_schema.progress import Progress
from kgplatform.graphs.importing import ImportReport, import_files, read_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.opening import connect
from kgplatform.reporting import reporting
from kgplatform.runs.registry import RunRegistry
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.damage import damaged
from measuring.differential import compare_graphs, compare_views, promote_on_both
from measuring.forms import Form
from measuring.large import FORMS as LARGE_FORMS
from measuring.large import measured, write
from measuring.recording import data_folder, record

SEED = 0
LARGE = 20
"""MB of the files that are read alone."""


@dataclass(frozen=True)
class Graph:
    """A graph to import, and what the data's README says it holds. `nodes` None: see `drug_nodes`."""

    name: str
    folders: tuple[str, ...]
    nodes: int | None
    relations: int
    facts: int


GRAPHS = (
    Graph("umls", ("link_prediction/umls",), 135, 46, 4_006 + 1_321 + 569 + 633),
    Graph("family", ("link_prediction/family",), 3_007, 12, 17_615 + 5_868 + 2_038 + 2_835),
    Graph("wn18rr", ("link_prediction/wn18rr",), 40_943, 11, 65_130 + 21_705 + 3_034 + 3_134),
    Graph("fb15k237", ("link_prediction/fb15k237",), 14_541, 237, 272_115 + 17_535 + 20_466),
    Graph("wordnet", ("concept/wordnet",), 117_659, 22, 285_348),
    Graph(
        "drug",
        ("drug/hetionet_subset", "drug/ddi_drugbank"),
        None,
        16 + 4 + 86,  # kinds of edge once endpoints are typed, roles, interaction types
        181_389 + 16_276 + 134_641 + 19_224 + 38_419,
    ),
)


def main() -> int:
    """Import, compare, record; the exit status says whether everything was as it should be."""
    data = data_folder()
    faults: list[str] = []
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        urls = [f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j"]
        stores: list[GraphStore] = []
        try:
            stores += [connect(url) for url in urls]
            with reporting() as progress:
                for graph in GRAPHS:
                    for store in stores:
                        rows.append(measure(store, data, graph, faults, progress))
                        say(rows[-1])
                    faults += compare_graphs(stores[0], stores[1], graph.name)
                views, differing = compare_predictions(stores, Path(folder), progress)
            faults += differing
            malformed = import_damaged(stores[0], Path(folder) / "damaged", faults)
            say(malformed)
            large = [measured(write(name, Path(folder), LARGE)) for name in LARGE_FORMS]
            say(large)
            servers = {info.product: info.version for info in (store.server() for store in stores)}
        finally:
            for store in stores:
                store.close()
            for url in urls:
                down(url)
    for fault in faults:
        say(fault)
    values = {
        "imports": rows,
        "rows compared by view": views,
        "damaged files": malformed,
        "large files, read alone": [{"form": n} | row for n, row in zip(LARGE_FORMS, large, strict=True)],
        "differences": len(faults),
    }
    record("imports", values, seeds=[SEED], servers=servers)
    return 1 if faults else 0


def measure(
    store: GraphStore, data: Path, graph: Graph, faults: list[str], progress: Progress
) -> dict[str, Any]:
    """Import twice; what is not as wanted is appended to `faults`."""
    server = store.server().product
    paths = [data / folder for folder in graph.folders]

    def timed() -> tuple[ImportReport, float]:
        began = time.monotonic()
        return import_files(store, paths, graph=graph.name, progress=progress), time.monotonic() - began

    (first, seconds), (second, again) = timed(), timed()
    nodes = drug_nodes(data) if graph.nodes is None else graph.nodes
    found = store.get_graph(graph.name)
    checks = {
        "nodes": (len(found.nodes), nodes),
        "facts": (len(found.facts), graph.facts),
        "relations": (len(found.relations), graph.relations),
        "rows rejected": (first.rejected, 0),
        "added by the first import": (first.added, nodes + graph.facts),
        "added by the second import": (second.added, 0),
        "changed by the second import": (second.changed, 0),
    }
    if graph.name == "drug":
        pairs = Counter(
            (h, t)
            for h, t, r in zip(
                *(found.facts[c].to_pylist() for c in ("head", "tail", "relation")), strict=True
            )
            if r.startswith("INTERACTS_WITH:")
        )
        checks["pairs that interact in several ways"] = (several(pairs), several(interacting_pairs(data)))
    faults += [
        f"{graph.name} on {server}: {what} {was}, wanted {should}"
        for what, (was, should) in checks.items()
        if was != should
    ]
    return {
        "graph": graph.name,
        "server": server,
        "nodes": len(found.nodes),
        "facts": len(found.facts),
        "relations": len(found.relations),
        "first import, s": round(seconds, 1),
        "second import, s": round(again, 1),
        "facts a second, first import": round(len(found.facts) / seconds),
    }


def compare_predictions(
    stores: list[GraphStore], folder: Path, progress: Progress
) -> tuple[dict[str, int], list[str]]:
    """Promote two runs on umls on both servers and compare every view."""
    registry = RunRegistry(folder / "runs")
    for model, settings, queries in (("frequency", {}, 20), ("red_gnn", {"epochs": 1}, 20)):
        run = retrain(stores[0], registry, "umls", model, settings=settings, progress=progress)
        promotion = Promotion(top=3, queries=queries, sample=5)
        promote_on_both(stores[0], stores[1], registry, run.id, promotion, progress)
    return compare_views(stores[0], stores[1], "umls")


def import_damaged(store: GraphStore, folder: Path, faults: list[str]) -> dict[str, float]:
    """Import files of every form, damaged in every way; what is not as wanted is appended to `faults`."""
    counts: Counter[str] = Counter()
    for i, case in enumerate(damaged(SEED)):
        place = folder / str(i)
        place.mkdir(parents=True)
        for name, content in case.files.items():
            (place / name).write_bytes(content)
        name, began = f"damaged-{i}", time.monotonic()
        found = "error"
        try:
            report = import_files(store, [place], graph=name, skip_rejected=case.skip)
            found = "left out" if report.rejected else "same"
            if case.wanted == "same" and report.added != sound_rows(case.form):
                found = f"{report.added} rows"
        except InputError:
            pass
        except Exception as error:
            counts["tracebacks"] += 1
            found = f"{type(error).__name__}: {error}"
        there = any(graph["name"] == name for graph in store.graphs())
        if found == "error" and there:
            counts["half imported"] += 1
        if there:
            store.drop_graph(name)
        counts["files"] += 1
        as_wanted = found == case.wanted or (
            case.wanted == "either" and found in ("same", "error", "left out")
        )
        counts["as wanted"] += as_wanted
        counts["longer than 10 s"] += time.monotonic() - began > 10
        if not as_wanted:
            faults.append(f"{case.form.name}, {case.what}: {found}, wanted {case.wanted}")
    wanted = ("files", "as wanted", "tracebacks", "half imported", "longer than 10 s")
    return {what: counts[what] for what in wanted}


@cache
def sound_rows(form: Form) -> int:
    """Nodes and facts that the sound files of a form give."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in form.files.items():
            (Path(folder) / name).write_text(text, "utf-8")
        data = read_files([folder]).data
    return len(data.nodes) + len(data.facts)


def drug_nodes(data: Path) -> int:
    """Distinct ids in the tables of nodes, roles and drugs, read by other means than the platform's."""
    het, ddi = data / "drug/hetionet_subset", data / "drug/ddi_drugbank"
    ids = {row["id"].partition("::")[2] for row in table(het / "nodes.tsv.gz")}
    for row in table(het / "drug_protein_roles.tsv.gz"):
        ids |= {row["drugbank_id"], row["entrez_gene_id"]}
    return len(ids | {row["drugbank_id"] for row in table(ddi / "drugs.tsv.gz")})


def interacting_pairs(data: Path) -> Counter[tuple[str, str]]:
    """How many interactions each ordered pair of drugs has in the files."""
    pairs: Counter[tuple[str, str]] = Counter()
    for split in ("train", "valid", "test"):
        with gzip.open(data / f"drug/ddi_drugbank/{split}.tsv.gz", "rt", encoding="utf-8") as file:
            pairs.update((line.split("\t")[0], line.split("\t")[1]) for line in file)
    return pairs


def several(pairs: Counter[tuple[str, str]]) -> int:
    """Pairs that occur more than once."""
    return sum(count > 1 for count in pairs.values())


def table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a gzipped table with a header."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def say(what: object) -> None:
    """Progress, at once."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
