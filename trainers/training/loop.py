"""The training loop of query-answering networks: epochs of steps, chosen on validation, safe to interrupt."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from graph_schema.arrays import Ints
from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet
from trainers.evaluation import Queries, rank
from trainers.kernels import MessageGraph
from trainers.kernels.threads import one_torch_thread
from trainers.trainer import FitReport, ModelConfig, TailScorer
from trainers.training.checkpoint import State, load_checkpoint, save_checkpoint
from trainers.training.queries import steps


class TrainingConfig(ModelConfig):
    """Settings of the loop."""

    epochs: int = Field(default=50, ge=1)
    patience: int = Field(
        default=10, ge=1, description="epochs without a better validation MRR before it stops"
    )
    batch_size: int = Field(default=20, ge=1, description="facts a step, one direction each")
    learning_rate: float = Field(default=0.003, gt=0)
    decay: float = Field(default=0.99, gt=0, le=1, description="learning rate factor each epoch")
    weight_decay: float = Field(
        default=1e-4, ge=0, description="L2 weight as published, divided by the step's size"
    )
    query_share: float = Field(
        default=0.25, gt=0, lt=1, description="share of known facts asked for in an epoch"
    )
    validate_at_most: int = Field(default=5000, ge=1, description="validation facts ranked each epoch")


class Learner(TailScorer, Protocol):
    """What the loop needs of a model."""

    seed: int
    device: str

    @property
    def network(self) -> nn.Module:
        """What is trained."""
        ...

    @property
    def settings(self) -> TrainingConfig:
        """How."""
        ...

    def bind_graph(self, graph: MessageGraph) -> None:
        """Answer over this graph."""
        ...

    def scores(self, heads: Ints, relations: Ints, noise: np.random.Generator | None = None) -> Tensor:
        """(B, E) differentiable scores."""
        ...


@one_torch_thread()
def train(model: Learner, splits: Splits, *, progress: Progress, checkpoint: Path | None = None) -> FitReport:
    """Train by full log-softmax over all entities (RED-GNN, equation 6).

    In each epoch a fresh share of the known facts is asked for, in both directions, over a graph of the
    rest, so no fact is ever in the graph that answers it. Facts with the same query are answered in one run.

    Args:
        model: What learns; afterwards it holds the best epoch's parameters.
        splits: `known` to learn from, `valid` to choose on; without validation the last epoch is kept.
        progress: Told of every step.
        checkpoint: Folder to resume from and to write to after each epoch.

    Raises:
        RunError: the loss is no longer finite.
    """
    config, network = model.settings, model.network
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay / config.batch_size,
        fused=True,
    )
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, config.decay)
    state, best = State(), {k: v.clone() for k, v in network.state_dict().items()}
    if checkpoint and (checkpoint / "training.json").exists():
        state, best = load_checkpoint(checkpoint, network, optimizer, scheduler)
    full = MessageGraph.of(splits.known)
    valid, true = _validation_sample(splits, config.validate_at_most), splits.all_true()
    while state.epoch < config.epochs and state.epoch - state.best_epoch < config.patience:
        started = time.monotonic()
        draw = np.random.default_rng([model.seed, state.epoch])
        loss = _epoch(model, splits, optimizer, draw, state.epoch, progress)
        scheduler.step()
        model.bind_graph(full)
        state.epoch += 1
        line = {"epoch": float(state.epoch), "loss": loss}
        mrr = float(state.epoch)
        if len(valid):
            mrr = line["valid_mrr"] = rank(model, valid, true).metrics()["mrr"]
        line["seconds"] = time.monotonic() - started
        state.history.append(line)
        if mrr > state.best:
            state.best, state.best_epoch = mrr, state.epoch
            best = {k: v.clone() for k, v in network.state_dict().items()}
        if checkpoint:
            save_checkpoint(checkpoint, network, optimizer, scheduler, state, best)
        shown = ", ".join(f"{k} {v:.4f}" for k, v in line.items() if k in {"loss", "valid_mrr"})
        progress(f"epoch {state.epoch}: {shown}", state.epoch, config.epochs)
    network.load_state_dict(best)
    model.bind_graph(full)
    return FitReport(state.epoch, state.best_epoch, tuple(state.history))


def _validation_sample(splits: Splits, most: int) -> TripleSet:
    rows = splits.valid.triples
    if len(rows) <= most:
        return splits.valid
    chosen = np.random.default_rng(0).choice(len(rows), most, replace=False)
    return TripleSet.of(splits.vocabulary, rows[chosen])


def _epoch(
    model: Learner,
    splits: Splits,
    optimizer: torch.optim.Optimizer,
    draw: np.random.Generator,
    epoch: int,
    progress: Progress,
) -> float:
    config, known = model.settings, splits.known
    rows = draw.permutation(known.triples)
    asked = max(1, round(config.query_share * len(rows)))
    model.bind_graph(MessageGraph.over(known.vocabulary, rows[asked:]))
    queries = Queries.over(known.vocabulary, rows[:asked])
    noise = np.random.Generator(np.random.SFC64(int(draw.integers(2**62))))
    total, done = 0.0, 0
    for heads, relations, ptr, answers in steps(queries, config.batch_size, draw):
        optimizer.zero_grad(set_to_none=True)
        log_p = torch.log_softmax(model.scores(heads, relations, noise), dim=1)
        which = torch.from_numpy(np.repeat(np.arange(len(heads)), np.diff(ptr))).to(log_p.device)
        loss = -log_p[which, torch.from_numpy(answers).to(log_p.device)].sum()
        value = float(loss.detach())
        if not np.isfinite(value):
            raise RunError(
                f"the loss became {value} in epoch {epoch + 1}; wanted a finite number. "
                f"Lower learning_rate (now {config.learning_rate})"
            )
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total, done = total + value, done + len(answers)
        progress(f"epoch {epoch + 1}: loss {total / done:.4f}", epoch + done / (2 * asked), config.epochs)
    return total / max(done, 1)
