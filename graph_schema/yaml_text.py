"""YAML, by the parser in C where the library was built with it: ten times faster, and as safe."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """The value of a YAML document: plain data only. Raises: yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  (a safe loader either way)
