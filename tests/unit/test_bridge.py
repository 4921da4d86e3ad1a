"""The graph as other libraries see it: the same edges, and a layer of theirs gives the sums of ours."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest
import torch

from graph_schema.errors import UsageError
from graph_schema.triples import Vocabulary
from trainers.kernels import MessageGraph
from trainers.kernels.bridge import to_dgl, to_pyg

FACTS = np.array([[0, 0, 1], [0, 1, 2], [3, 1, 0]])
EDGES = sorted(
    [(0, 0, 1), (1, 2, 0), (0, 1, 2), (2, 3, 0), (3, 1, 0), (0, 3, 3)] + [(i, 4, i) for i in range(5)]
)
"""(source, relation, target): facts, their inverses (+ m = 2), and the self loops (2m = 4) of 5 entities."""


def _graph() -> MessageGraph:
    return MessageGraph.over(Vocabulary(tuple("abcde"), ("p", "q")), FACTS)


def _import(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they use of torch is deprecated
        try:
            return import_module(name)
        except (ImportError, OSError) as error:
            pytest.skip(f"could not import {name!r}: {error}")


def test_pytorch_geometric_sees_the_same_edges_and_sums() -> None:
    library = _import("torch_geometric.utils")
    data = to_pyg(_graph())
    assert data.validate(raise_on_error=True)
    assert data.num_nodes == 5
    source, target = data.edge_index.tolist()
    assert sorted(zip(source, data.edge_type.tolist(), target, strict=True)) == EDGES
    state = torch.arange(10, dtype=torch.float64).reshape(5, 2)
    summed = library.scatter(state[data.edge_index[0]], data.edge_index[1], dim_size=5)
    expected = torch.zeros(5, 2, dtype=torch.float64)
    for s, _, o in EDGES:
        expected[o] += state[s]
    torch.testing.assert_close(summed, expected)


def test_dgl_sees_the_same_edges() -> None:
    _import("dgl")
    graph = to_dgl(_graph())
    assert graph.num_nodes() == 5
    source, target = (ends.tolist() for ends in graph.edges())
    assert sorted(zip(source, graph.edata["type"].tolist(), target, strict=True)) == EDGES


@pytest.mark.parametrize(
    ("bridge", "module", "package"),
    [(to_pyg, "torch_geometric.data", "torch_geometric"), (to_dgl, "dgl", "dgl")],
)
def test_a_missing_library_is_named(
    bridge: object, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    assert callable(bridge)
    with pytest.raises(UsageError, match=rf"pip install {package}"):
        bridge(_graph())
