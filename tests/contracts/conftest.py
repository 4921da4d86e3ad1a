"""Each model in turn, trained once for all contract tests."""

from __future__ import annotations

import pytest

from tests.contracts.models import fit
from trainers.registry import available_models, load_model
from trainers.trainer import Trainer


@pytest.fixture(
    scope="session",
    params=[name for name in available_models() if load_model(name).task == "link_prediction"],
)
def fitted(request: pytest.FixtureRequest, device: str) -> Trainer:
    return fit(request.param, 0, device)
