"""Progress on stderr: what is done, how much, how long it will take; for people, or as JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Form = Literal["text", "json"]

FORM: ContextVar[Form] = ContextVar("FORM", default="text")
"""How progress is written from here on."""

_EVERY = 2.0
"""Seconds between progress lines where no terminal rewrites them."""


class Reporter:
    """Progress on stderr with an estimate of what is left; the first line comes at once.

    As JSON each line is an object: `what`, `done`, `total` and `seconds_left`, null where nobody knows yet.
    """

    def __init__(self, form: Form = "text") -> None:
        self._form = form
        self._began: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._last, self._shown, self._open = 0.0, "", False
        self._rewrite = form == "text" and sys.stderr.isatty()

    def __call__(self, what: str, done: float, total: float) -> None:
        """See `Progress`."""
        now = time.monotonic()
        stage = what.split(":")[0].rstrip("0123456789 ")
        if done < self._done.get(stage, 0.0):  # the same stage again, as with the next seed
            self._began.pop(stage, None)
        self._done[stage] = done
        began = self._began.setdefault(stage, now)
        finished = done >= total
        soon = now - self._last < (0.1 if self._rewrite else _EVERY)
        if soon and self._shown == stage and not (finished and self._rewrite):
            return
        self._last, self._shown = now, stage
        self._open = not finished
        share = min(1.0, done / total) if total else 1.0
        left = (now - began) / share * (1 - share) if share > 0 else 0.0
        known = share > 0.01 and not finished and now - began > 1
        if self._form == "json":
            about = {"what": what, "done": done, "total": total, "seconds_left": left if known else None}
            print(json.dumps(about, ensure_ascii=False), file=sys.stderr, flush=True)
            return
        eta = f", {_duration(left)} left" if known else ""
        line = f"{what} ({share:.0%}{eta})"
        print(
            f"\r\033[K{line}" if self._rewrite else line,
            end="" if self._rewrite and not finished else "\n",  # what is finished stays on the screen
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """End the rewritten line."""
        if self._rewrite and self._open:
            print(file=sys.stderr)


@contextmanager
def reporting() -> Iterator[Reporter]:
    """Progress for the length of a block."""
    reporter = Reporter(FORM.get())
    try:
        yield reporter
    finally:
        reporter.close()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
