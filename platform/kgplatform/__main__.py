"""`kgp`, also as `python -m kgplatform`: what makes a command start fast, then the command line."""

from __future__ import annotations

import gc
import os

_OBJECTS = 250_000
"""New objects between two rounds of the cycle collector: most are modules, which it looks at in vain."""


def collect_rarely() -> None:
    """Let Python look for garbage in cycles less often, for the whole process."""
    gc.set_threshold(_OBJECTS, 20, 50)


def run() -> None:
    """Run `kgp` without pandas, which pyarrow imports with its first list where it is installed."""
    collect_rarely()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")  # looks at every package
    from kgplatform.cli import main
    from kgplatform.keeping_out import keep_out

    keep_out("pandas")
    main()


if __name__ == "__main__":
    run()
