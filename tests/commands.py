"""What a call of `kgp` left, for tests of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

SKY = "Earth\torbits\tSun\nMars\torbits\tSun\nMoon\torbits\tEarth\n"


@dataclass(frozen=True)
class Answer:
    """What a call of `kgp` left: its exit status and what it printed."""

    status: int | str | None
    out: str
    err: str

    def items(self) -> list[dict[str, Any]]:
        """The lines of stdout, each an object of strict JSON."""
        return [json.loads(line, parse_constant=_no_json) for line in self.out.splitlines()]

    def item(self) -> dict[str, Any]:
        (one,) = self.items()
        return one


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


Kgp = Callable[..., Answer]
