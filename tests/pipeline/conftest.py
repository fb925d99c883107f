"""What the engine's tests share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulation.served import ServedGateway, served_gateway


@pytest.fixture
def gateway(settings: Any) -> Iterator[ServedGateway]:
    """Yield a simulated gateway that the settings name."""
    with served_gateway() as gateway:
        settings.GATEWAY_BASE_URL, settings.GATEWAY_SIMULATED = gateway.url, gateway.skill.seed
        yield gateway
