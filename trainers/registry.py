"""The models there are: a file of `models/` is one, named after the file, its one `Trainer` found on use."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from graph_schema.errors import UnknownName
from trainers.trainer import Trainer


def available_models() -> tuple[str, ...]:
    """Names of the models, sorted: the files in `models/`."""
    files = (Path(__file__).parent / "models").glob("[a-z]*.py")
    return tuple(sorted(p.stem for p in files))


def load_model(name: str) -> type[Trainer]:
    """The trainer of that name. Raises: UnknownName."""
    if name not in available_models():
        raise UnknownName("model", name, available_models())
    module = importlib.import_module(f"trainers.models.{name}")
    (found,) = (
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Trainer) and member.__module__ == module.__name__
    )
    return found
