"""What all tests share."""

import socket
from typing import Any

import pytest

_real_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests reach this machine alone."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
