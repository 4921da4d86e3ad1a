"""Reasoning: tensors in, scores, embeddings and evidence out. No database, no pages.

Raises:
    MissingExtra: on import, where the packages it computes with are not installed.
"""

import importlib.util
import os

from graph_schema.errors import MissingExtra

for _package in ("torch", "numba", "safetensors", "sklearn"):
    if importlib.util.find_spec(_package) is None:
        raise MissingExtra("train", "What trains and asks models", _package)

# Steps are many and small: threads that spin between them take the cores from everybody else. Read by the
# OpenMP runtime when torch is first imported; a value somebody has set stays.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
