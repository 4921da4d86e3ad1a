"""A copy of the source with files added, and commands that run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tree_with(folder: Path, added: Mapping[str, str]) -> Path:
    """The source copied into a folder, with files that it does not have, by their path."""
    for part in ("graph_schema", "trainers", "platform", "ui"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    before = {file for file in folder.rglob("*") if file.is_file()}
    for name, text in added.items():
        file = folder / name
        assert file not in before
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def run_in(tree: Path, *words: str, **more: str) -> str:
    """What Python prints in the tree. Args: words: of the command line; more: environment variables."""
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'platform'}", **more}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
