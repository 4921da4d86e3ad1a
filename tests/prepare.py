"""Fetch what tests need and this machine lacks, where that may be done; say what could not be had.

Run before pytest: `python -m tests.prepare`. Packages come through apt (as root), Neo4j through Maven.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from graph_schema.errors import StoreError
from kgplatform.servers import neo4j_community
from kgplatform.settings import Settings

# What is looked for, under any of these names, and the Debian package that brings it.
_WANTED = (
    (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    (("javac",), "default-jdk-headless"),
    (("mvn",), "maven"),
)


def main() -> None:
    """Fetch, and report on stderr; what is missing makes its tests skip, or fail where CI=true."""
    missing = [(names, package) for names, package in _WANTED if not any(map(shutil.which, names))]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        _apt("update")
        for _, package in missing:
            _apt("install", "--yes", "--no-install-recommends", package)
    for names, package in missing:
        if not any(map(shutil.which, names)):
            _say(f"{names[0]} is not here; tests that need it are skipped. Install {package}")
    if os.environ.get("KGP_TEST_NEO4J_URL"):
        return
    try:
        neo4j_community.fetch(Settings.from_environment())
    except StoreError as error:
        _say(f"no Neo4j: {error}")


def _apt(*words: str) -> None:
    _say(f"apt-get {' '.join(words)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        _say(f"apt-get failed: {done.stderr.strip()[-500:]}")


def _say(text: str) -> None:
    print(f"prepare: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
