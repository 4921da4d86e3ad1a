"""Kept settings, a file each beside their model: `models/<model>/<paper>_<graph>.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from graph_schema.errors import InputError
from graph_schema.yaml_text import parse_yaml

_MODELS = Path(__file__).parent / "models"


def settings_for(model: str, graph: str) -> tuple[str, dict[str, Any]] | None:
    """Name and values of the settings kept for a graph of that name, or None."""
    for file in sorted((_MODELS / model).glob("*.yaml")):
        if file.stem.partition("_")[2] == graph:
            return file.stem, read_settings(file)
    return None


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
