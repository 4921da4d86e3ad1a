"""The registry of training runs: a folder each, with the record and the artefacts; and the `(:Run)` node."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph_schema.errors import RunError, UnknownName
from graph_schema.records import Prediction, RunRecord, RunStatus, status_now
from kgplatform.runs.owning import owner_of
from kgplatform.store.protocol import GraphStore

_RECORD, _HISTORY = "run.json", "history.json"


class RunRegistry:
    """Runs of one store, on disk. A run's folder is self-contained: record, model, predictions promoted.

    Args:
        folder: Where the runs' folders are; made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self, model: str, graph: str, seed: int, run: str | None = None) -> str:
        """A folder for a run; returns its id.

        Args:
            model, graph, seed: What a fresh id is made of.
            run: The id; None: a fresh one that sorts by time.

        Raises:
            RunError: no folder can be made there.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        run = run or f"{graph}-{model}-{stamp}-s{seed}-{secrets.token_hex(2)}"
        try:
            self.path(run).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"no run can be kept in {str(self.folder)!r}: {error.strerror}; wanted a folder to write to. "
                "KGP_RUNS, or else KGP_DATA, says where runs are kept"
            ) from error
        return run

    def path(self, run: str) -> Path:
        """Folder of a run's artefacts."""
        return self.folder / run

    def write(self, record: RunRecord) -> None:
        """Keep a record, whole or not at all. Raises: RunError if a figure of it is not finite."""
        for split, figures in (
            record.metrics | {f"baseline {k}": v for k, v in record.baseline.items()}
        ).items():
            for name, value in figures.items():
                if not math.isfinite(value):
                    raise RunError(
                        f"{name} on {split} of run {record.id!r} is {value}; wanted a finite number"
                    )
        _replace(self.path(record.id) / _RECORD, record.model_dump_json(indent=1))

    def read(self, run: str) -> RunRecord:
        """The record of a run, by its id or the only one that begins so; `interrupted` where nobody runs it.

        Raises:
            UnknownName: there is none, or several begin so.
            RunError: its record is damaged.
        """
        if "/" in run or not (self.path(run) / _RECORD).is_file():
            known = self.ids()
            begins = [k for k in known if k.startswith(run)]
            if len(begins) != 1:
                raise UnknownName("run", run, begins or known, hint="`kgp runs` lists them")
            run = begins[0]
        try:
            record = RunRecord.model_validate_json((self.path(run) / _RECORD).read_text("utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise RunError(
                f"the record of run {run!r} in {str(self.path(run) / _RECORD)!r} cannot be read: "
                f"{_first_line(error)}. It was damaged, or written by a newer version"
            ) from error
        if record.status == "running" and owner_of(self.path(run)) is None:
            return record.model_copy(update={"status": "interrupted"})
        return record

    def ids(self) -> list[str]:
        """Ids of all runs that have a record."""
        return sorted(p.parent.name for p in self.folder.glob(f"*/{_RECORD}"))

    def all(self, graph: str | None = None) -> list[RunRecord]:
        """Records that can be read, oldest first, of one graph or of all."""
        return self.readable(graph)[0]

    def readable(self, graph: str | None = None) -> tuple[list[RunRecord], list[RunError]]:
        """Records, oldest first, of one graph or of all; and what cannot be read, each said by an error."""
        records, errors = [], []
        for run in self.ids():
            try:
                records.append(self.read(run))
            except RunError as error:
                errors.append(error)
        return sorted(
            (r for r in records if graph in (None, r.graph)), key=lambda r: (r.created.timestamp(), r.id)
        ), errors

    def keep_history(self, run: str, history: Sequence[Mapping[str, float]]) -> None:
        """Keep a training's curve: a line of numbers for each epoch."""
        _replace(self.path(run) / _HISTORY, json.dumps([dict(line) for line in history]))

    def history(self, run: str) -> list[dict[str, float]]:
        """A training's curve; empty where none was kept."""
        file = self.path(run) / _HISTORY
        lines: list[dict[str, float]] = json.loads(file.read_text("utf-8")) if file.exists() else []
        return lines

    def keep_predictions(self, run: str, predictions: Iterable[Prediction]) -> str:
        """Keep what a promotion writes, so that it can be written again; returns the file's name."""
        name = f"predictions-{secrets.token_hex(4)}.jsonl"
        lines = "".join(p.model_dump_json() + "\n" for p in predictions)
        _replace(self.path(run) / name, lines)
        return name

    def predictions(self, run: str, name: str) -> list[Prediction]:
        """What a promotion of the run wrote. Raises: RunError if that is not kept here."""
        file = self.path(run) / name
        if not file.exists():
            raise RunError(f"run {run!r} has no kept predictions in {str(file)!r}; promote it again")
        lines = file.read_bytes().split(b"\n")  # names may hold what else ends a line of text
        return [Prediction.model_validate_json(line) for line in lines if line]

    def forget(self, run: str, names: Iterable[str]) -> None:
        """Delete what promotions of the run kept, if it is here. Args: names: Of the files."""
        for name in names:
            (self.path(run) / name).unlink(missing_ok=True)


def _first_line(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
    return str(error)


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(file.suffix + ".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(file)


def run_properties(record: RunRecord, status: RunStatus) -> dict[str, Any]:
    """The flat properties of a `(:Run)` node: `record` is the whole record as JSON, `text_<name>` a text.

    Of a croppable run `card_dims` are its widths, and each other `card_…` has a number for each of these.
    """
    flat: dict[str, Any] = {
        "id": record.id,
        "model": record.model,
        "graph": record.graph,
        "domain": record.domain,
        "seed": record.seed,
        "fingerprint": record.fingerprint,
        "created": record.created.isoformat(),
        "seconds": record.seconds,
        "epochs": record.epochs,
        "task": record.task,
        "metric": record.metric.name,
        "metric_title": record.metric.title,
        "status": status,
        "record": record.model_dump_json(),
        **{f"text_{name}": text for name, text in record.texts.items()},
    }
    if record.card is not None:
        card = record.card
        flat |= {"card_dims": list(card.dims), "card_floats": list(card.floats)}
        flat["card_smallest"] = card.smallest
        flat |= {f"card_{name.replace('@', '_at_')}": list(values) for name, values in card.figures.items()}
    for prefix, metrics in (("", record.metrics), ("baseline_", record.baseline)):
        for split, values in metrics.items():
            if "@" in split:  # on another graph: in the record
                continue
            for name, value in values.items():
                flat[f"{prefix}{split}_{name.replace('@', '_at_')}"] = value
    return flat


def write_run_node(store: GraphStore, record: RunRecord, status: RunStatus = "candidate") -> None:
    """Write or renew the `(:Run)` node of a run; its record exists before its predictions do."""
    properties = run_properties(record, status)
    store.write(
        lambda transaction: transaction.run(
            "MERGE (r:Run {id: $id}) SET r += $properties", {"id": record.id, "properties": properties}
        )
    )


def run_statuses(store: GraphStore, graph: str) -> dict[str, RunStatus]:
    """Status of each run of a graph that the database knows, by run id."""
    rows = store.read(
        "MATCH (r:Run {graph: $graph}) RETURN r.id AS id, r.status AS status ORDER BY id", {"graph": graph}
    )
    return {row["id"]: status_now(row["status"]) for row in rows}
