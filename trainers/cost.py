"""What a training will take, said before it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one epoch takes on this machine, judged by a sample.

    Attributes:
        queries: Asked in an epoch.
        messages: Passed along edges for one of them, on average; or what `unit` says.
        seconds: Of an epoch, validation included.
        memory: Bytes at the peak of a step, the graph's arrays included.
        unit: What there is so much of for a query.
    """

    queries: int
    messages: float
    seconds: float
    memory: int
    unit: str = "messages"
