"""Whether a torch device is here."""

from __future__ import annotations


def fault_of(device: str) -> str | None:
    """Why a torch device cannot be used, in torch's words; None where it can."""
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        return str(error)
    return None
