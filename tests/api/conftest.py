"""Callers of the API, in process through the whole middleware."""

from collections.abc import Iterator

import pytest
from django.test import Client

from benchmark.api import auth
from benchmark.api.live_table import live_table
from benchmark.api.tally import tally

SECRET = "router-secret"


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    """Start each test as a new web worker would."""
    live_table.forget()
    auth.wrong_tokens.forget()
    tally.forget()
    yield
    live_table.forget()


@pytest.fixture
def router() -> Client:
    """Return a caller with the right secret."""
    return Client(headers={"authorization": f"Bearer {SECRET}"})


@pytest.fixture
def stranger() -> Client:
    return Client()
