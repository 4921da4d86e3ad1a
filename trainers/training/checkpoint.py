"""Where a training stands, on disk: written whole or not at all, and gone on from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from graph_schema.errors import RunError
from trainers.kernels.threads import thread_count


@dataclass
class State:
    """Where training stands; what a checkpoint holds besides tensors.

    Attributes:
        epoch: Whole epochs trained.
        best: What validation said of the best of them.
        best_epoch: Which that was, from 1; 0 before the first.
        history: The curve, a line of numbers for each epoch.
        steps: Steps taken in all epochs.
        threads: That kernels used when training began. On another number sums may differ in their last bits.
    """

    epoch: int = 0
    best: float = -1.0
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    steps: int = 0
    threads: int = field(default_factory=thread_count)

    @property
    def seconds(self) -> float:
        """What the epochs took, of all sessions together."""
        return sum(line["seconds"] for line in self.history)


def save_checkpoint(
    folder: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.ExponentialLR,
    state: State,
    best: dict[str, Tensor],
) -> None:
    """Write a checkpoint whole or not at all: tensors under a new name, then the JSON that names them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"now.{k}": v.contiguous() for k, v in network.state_dict().items()}
    tensors |= {f"best.{k}": v.contiguous() for k, v in best.items()}
    for number, slots in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{k}": torch.as_tensor(v).clone() for k, v in slots.items()}
    name = f"training-{state.epoch}.safetensors"
    save_file(tensors, folder / name)
    described = {**vars(state), "tensors": name, "learning_rates": scheduler.get_last_lr()}
    fresh = folder / "training.json.new"
    fresh.write_text(json.dumps(described), "utf-8")
    fresh.replace(folder / "training.json")
    for old in folder.glob("training-*.safetensors"):
        if old.name != name:
            old.unlink()


def load_checkpoint(
    folder: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.ExponentialLR,
) -> tuple[State, dict[str, Tensor]]:
    """What `save_checkpoint` wrote: where training stands and the best parameters; the rest goes in place."""
    from safetensors.torch import load_file

    described = json.loads((folder / "training.json").read_text("utf-8"))
    if "learning_rates" not in described:
        raise RunError(
            f"the checkpoint in {str(folder)!r} is another version's (it lacks learning_rates); train anew, "
            "without --resume"
        )
    tensors = load_file(folder / described.pop("tensors"))
    rates = described.pop("learning_rates")
    groups: dict[str, dict[str, Tensor]] = {"now": {}, "best": {}, "optimizer": {}}
    for name, value in tensors.items():
        group, _, rest = name.partition(".")
        groups[group][rest] = value
    network.load_state_dict(groups["now"])
    saved = optimizer.state_dict()
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in groups["optimizer"].items():
        number, _, slot = name.partition(".")
        slots.setdefault(int(number), {})[slot] = value
    saved["state"] = slots
    for group, rate in zip(saved["param_groups"], rates, strict=True):
        group["lr"] = rate
    optimizer.load_state_dict(saved)
    scheduler.last_epoch = described["epoch"]
    return State(**described), groups["best"]
