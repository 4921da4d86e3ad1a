"""Fetch what tests need and this machine lacks, where that may be done; say what could not be had.

Run before pytest: `python -m tests.prepare`. Packages come through apt (as root), Neo4j through Maven.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from graph_schema.errors import StoreError
from kgplatform.settings import Settings
from kgplatform.store.servers import neo4j_community

_PACKAGES = {"chromium": "chromium", "java": "openjdk-17-jdk-headless", "mvn": "maven"}


def main() -> None:
    """Fetch, and report on stderr; what is missing makes its tests skip, or fail where CI=true."""
    missing = [name for name in _PACKAGES if shutil.which(name) is None]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        names = [_PACKAGES[name] for name in missing]
        _say(f"installing {', '.join(names)}")
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", *names]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                _say(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    for name in _PACKAGES:
        if shutil.which(name) is None:
            _say(f"{name} is not here and could not be installed; tests that need it are skipped")
    if os.environ.get("KGP_TEST_NEO4J_URL"):
        return
    try:
        neo4j_community.fetch(Settings.from_environment())
    except StoreError as error:
        _say(f"no Neo4j: {error}")


def _say(text: str) -> None:
    print(f"prepare: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
