"""Large files of made-up facts in the forms that large graphs come in, and what reading them takes.

python -m measuring.large FILE     prints the seconds and the peak of memory of reading it
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kgplatform.graphs.importing import read_files
from measuring.memory import Peak

_ENTITIES, _RELATIONS = 20_000, 40


def _names(i: int) -> tuple[str, str, str]:
    """Head, relation and tail of fact i; no two facts are the same."""
    tail = (i * 104_729 + i // _ENTITIES) % _ENTITIES
    return f"entity {i * 7919 % _ENTITIES}", f"relation {i % _RELATIONS}", f"entity {tail}"


def _tsv(i: int) -> str:
    return "\t".join(_names(i)) + "\n"


def _csv(i: int) -> str:
    return ",".join(f'"{name}"' for name in _names(i)) + f",{i},source {i % 9}\n"


def _json(i: int) -> str:
    return json.dumps(dict(zip(("head", "relation", "tail"), _names(i), strict=True)) | {"year": i}) + "\n"


def _nt(i: int) -> str:
    head, relation, tail = (f"<http://example.org/{name.replace(' ', '/')}>" for name in _names(i))
    return f"{head} {relation} {tail} .\n"


def _ged(i: int) -> str:
    sex, year = "MF"[i % 2], 1500 + i % 500
    person = f"0 @I{i}@ INDI\n1 NAME Person{i} /Name{i % 997}/\n1 SEX {sex}\n1 BIRT\n2 DATE 1 JAN {year}\n"
    return person if i % 3 < 2 else person + f"0 @F{i}@ FAM\n1 HUSB @I{i - 2}@\n1 WIFE @I{i - 1}@\n"


FORMS: dict[str, tuple[str, Callable[[int], str], str]] = {
    "facts.tsv": ("", _tsv, ""),
    "facts.csv": ("head,relation,tail,year,source\n", _csv, ""),
    "facts.jsonl": ("", _json, ""),
    "facts.nt": ("", _nt, ""),
    "tree.ged": ("0 HEAD\n1 CHAR UTF-8\n", _ged, "0 TRLR\n"),
}
"""What stands at the top of each file, each row, and what at its end."""


def write(name: str, folder: Path, megabytes: float) -> Path:
    """A file of one of the forms, of about that size."""
    top, row, end = FORMS[name]
    path = folder / name
    with path.open("w", encoding="utf-8", newline="\n") as file:
        size, i = file.write(top), 0
        while size < megabytes * 1e6:
            size += file.write(row(i))
            i += 1
        file.write(end)
    return path


def measured(path: Path) -> dict[str, float]:
    """Seconds, and the peak of memory in times the file's size, of reading it in a process of its own."""
    command = [sys.executable, "-m", "measuring.large", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Read the file that is named."""
    path = Path(sys.argv[1])
    began = time.perf_counter()
    with Peak() as peak:
        reading = read_files([path])
    size = path.stat().st_size / 1e6
    seconds = time.perf_counter() - began
    found = {
        "MB": size,
        "s": seconds,
        "memory / size": peak.megabytes / size,
        "facts": len(reading.data.facts),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
