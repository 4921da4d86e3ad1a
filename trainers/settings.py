"""Kept settings, a file each beside their model: `models/<model>/<paper>_<graph>.yaml`.

Under `data` a file lists the fingerprints of the graphs it is for; a graph of the same name with other facts
gets the settings that any graph gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from graph_schema.errors import InputError, UnknownName
from graph_schema.yaml_text import parse_yaml

_MODELS = Path(__file__).parent / "models"
_DATA = "data"


def settings_for(model: str, fingerprint: str) -> dict[str, Any] | None:
    """The settings kept for a graph with that fingerprint (see `PulledGraph.fingerprint`), or None."""
    for file in _kept(model):
        values = read_settings(file)
        if fingerprint in values.pop(_DATA, ()):
            return values
    return None


def settings_called(model: str, name: str) -> dict[str, Any]:
    """The settings kept under a name: `zhang2022_umls`, or `umls` alone. Raises: UnknownName."""
    for file in _kept(model):
        if name in (file.stem, file.stem.partition("_")[2]):
            values = read_settings(file)
            values.pop(_DATA, None)
            return values
    raise UnknownName("settings", name, [file.stem for file in _kept(model)], hint="or give a file")


def read_settings(file: Path) -> dict[str, Any]:
    """Settings from a YAML or JSON file. Raises: InputError if it holds no mapping."""
    try:
        values = parse_yaml(file.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("no such file", wanted="a YAML file of settings", file=file) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"no YAML: {error}", wanted="a mapping of settings", file=file) from None
    if not isinstance(values, dict):
        raise InputError(f"a {type(values).__name__}", wanted="a mapping of settings", file=file)
    return values


def _kept(model: str) -> Iterator[Path]:
    yield from sorted((_MODELS / model).glob("*.yaml"))
