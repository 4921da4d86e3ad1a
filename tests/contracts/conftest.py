"""Each model in turn, trained once for all contract tests."""

from __future__ import annotations

import pytest

from tests.contracts.models import fit
from trainers.registry import available_models
from trainers.trainer import Trainer


@pytest.fixture(scope="session", params=available_models())
def fitted(request: pytest.FixtureRequest, device: str) -> Trainer:
    return fit(request.param, 0, device)
