"""A model cut to its first coordinates, where it was trained to be."""

from __future__ import annotations

from graph_schema.errors import UsageError
from trainers.trainer import Croppable, Trainer


def at_width(name: str, model: Trainer, width: int | None) -> Trainer:
    """The model of the first `width` coordinates; None: as it is.

    Args:
        name: What people call it.
        model: Any.
        width: Coordinates, as papers count them: a complex one is one.

    Raises:
        UsageError: it has no vectors, or was not trained to be cut there.
    """
    if width is None:
        return model
    if not isinstance(model, Croppable):
        raise UsageError(f"{width} dimensions of {name!r}; wanted a model that has vectors, such as med")
    if width not in model.widths:
        wanted = ", ".join(map(str, model.widths))
        raise UsageError(f"{width} dimensions of {name!r}; wanted one that it was trained to: {wanted}")
    return model if width == model.widths[-1] else model.cropped(width)
