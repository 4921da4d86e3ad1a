"""The models and tasks there are: a file of `models/` or `tasks/` is one, named after it, found on use."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from graph_schema.errors import UnknownName
from trainers.task import Task
from trainers.trainer import Trainer


def available_models() -> tuple[str, ...]:
    """Names of the models, sorted: the files in `models/`."""
    return _files("models")


def available_tasks() -> tuple[str, ...]:
    """Names of the tasks, sorted: the files in `tasks/`."""
    return _files("tasks")


def load_model(name: str) -> type[Trainer]:
    """The trainer of that name. Raises: UnknownName."""
    if name not in available_models():
        raise UnknownName("model", name, available_models())
    found: type[Trainer] = _only(f"trainers.models.{name}", Trainer)
    return found


def load_task(name: str) -> Task:
    """The task of that name. Raises: UnknownName."""
    if name not in available_tasks():
        raise UnknownName("task", name, available_tasks())
    found: type[Task] = _only(f"trainers.tasks.{name}", Task)
    return found()


def task_of(model: str) -> Task:
    """What a model is for. Raises: UnknownName: no such model, or it names a task that there is not."""
    return load_task(load_model(model).task)


def _files(folder: str) -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in (Path(__file__).parent / folder).glob("[a-z]*.py")))


def _only(name: str, kind: type[Any]) -> type[Any]:
    """The one class of that kind that a module defines."""
    module = importlib.import_module(name)
    (found,) = (
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, kind) and member.__module__ == module.__name__
    )
    return found
