"""`kgp`, also as `python -m kgplatform`: what makes a command start and end fast, then the command line."""

from __future__ import annotations

import atexit
import gc
import os
import sys

_OBJECTS = 250_000
"""New objects between two rounds of the cycle collector: most are modules, which it looks at in vain."""


def collect_rarely() -> None:
    """Let Python look for garbage in cycles less often, for the whole process."""
    gc.set_threshold(_OBJECTS, 20, 50)


class QuickEnd:
    """Ends the process without taking its modules apart, which costs a small command a fifth of its time.

    Made first, it is called last: threads have been joined and all other exit functions have run. A process
    that ends otherwise than by `SystemExit` with a number, or whose output cannot be written, ends as ever.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        atexit.register(self._end)

    def note(self, ending: SystemExit) -> None:
        """Keep the status that the process ends with."""
        self.status = 0 if ending.code is None else ending.code if isinstance(ending.code, int) else None

    def _end(self) -> None:
        if self.status is None:
            return
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):  # whoever read it has gone: Python says so itself
            return
        os._exit(self.status)


def run() -> None:
    """Run `kgp` without pandas, which pyarrow imports with its first list where it is installed."""
    end = QuickEnd()
    collect_rarely()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")  # looks at every package
    from kgplatform.cli import main
    from kgplatform.keeping_out import keep_out

    keep_out("pandas")
    try:
        main()
    except SystemExit as ending:
        end.note(ending)
        raise


if __name__ == "__main__":
    run()
