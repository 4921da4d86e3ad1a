"""Which backend of a kernel works on some values."""

from __future__ import annotations

import os

from torch import Tensor


def compiled(values: Tensor) -> bool:
    """Whether the compiled kernels work on these values; plain torch does otherwise."""
    return values.device.type == "cpu" and os.environ.get("KGP_KERNELS", "numba") != "torch"
