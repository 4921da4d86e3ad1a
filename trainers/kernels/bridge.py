"""Hands the graph that messages pass over to PyTorch Geometric or DGL, for layers of theirs."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from graph_schema.errors import UsageError
from trainers.kernels.graph import MessageGraph

if TYPE_CHECKING:
    from dgl import DGLGraph  # pyright: ignore[reportMissingImports]  (not installed where it does not load)
    from torch_geometric.data import Data


def to_pyg(graph: MessageGraph) -> Data:
    """The graph as a homogeneous one of PyTorch Geometric, with inverse edges and self loops.

    Returns:
        `edge_index` (2, E) int64, sources above targets, by source; `edge_type` (E,) int64 in [0, 2m];
        `num_nodes` n.

    Raises:
        UsageError: PyTorch Geometric is not installed.
    """
    library = _library("torch_geometric.data", "torch_geometric")
    source, target, relation = _edges(graph)
    data: Data = library.Data(
        edge_index=torch.stack([source, target]), edge_type=relation, num_nodes=graph.num_entities
    )
    return data


def to_dgl(graph: MessageGraph) -> DGLGraph:
    """The graph as a homogeneous one of DGL, with inverse edges and self loops.

    Returns:
        n nodes and E edges by source; `edata["type"]` is (E,) int64 in [0, 2m].

    Raises:
        UsageError: DGL is not installed, or does not load beside this version of torch.
    """
    library = _library("dgl", "dgl")
    source, target, relation = _edges(graph)
    whole: DGLGraph = library.graph((source, target), num_nodes=graph.num_entities)
    whole.edata["type"] = relation
    return whole


def _edges(graph: MessageGraph) -> tuple[Tensor, Tensor, Tensor]:
    """Source, target and relation of every edge, (E,) int64 each."""
    row = np.repeat(np.arange(graph.num_entities), np.diff(graph.row_ptr))
    source, target, relation = (
        torch.from_numpy(a.astype(np.int64)) for a in (row, graph.target, graph.relation)
    )
    return source, target, relation


def _library(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:  # DGL loads libraries built for one version of torch
        raise UsageError(
            f"{package} cannot be loaded ({error}); install it with `pip install {package}`, in a build for "
            f"torch {torch.__version__}"
        ) from error
