"""Files written for a test, read, and what of them a test looks at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kgplatform.graphs.importing import Reading, read_files

Facts = list[tuple[str, str, str]]


def put(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def read(tmp_path: Path, files: dict[str, str], **options: Any) -> Reading:
    put(tmp_path, files)
    return read_files([tmp_path], **options)


def facts_of(reading: Reading) -> Facts:
    return [(f["head"], f["relation"], f["tail"]) for f in reading.data.facts.to_pylist()]


def column(reading: Reading, name: str) -> list[Any]:
    return list(reading.data.facts[name].to_pylist())


AB, BC = ("a", "r", "b"), ("b", "r", "c")
