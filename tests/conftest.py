"""What all tests share."""

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from tests.deployment import Deployment, deployed

# The same examples every time, and no deadline: a slow machine is no failure.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

_real_connect = socket.socket.connect
_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests reach this machine alone."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Yield the URL of a real PostgreSQL: `TEST_DATABASE_URL`, or bundled binaries started for this session."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    pgserver = pytest.importorskip("pgserver", reason="pgserver has no wheel for this Python: set TEST_DATABASE_URL")
    logging.getLogger("pgserver").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder whose path is short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="ar") as path:
        yield Path(path)


@pytest.fixture(params=["sqlite", "postgresql"])
def deployment(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployment]:
    """Yield a migrated deployment, once on SQLite and once on PostgreSQL."""
    with deployed(folder, _database_url(request, folder)) as ready:
        yield ready


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """Yield a migrated deployment that the tests of a module share, once on SQLite and once on PostgreSQL."""
    with (
        tempfile.TemporaryDirectory(prefix="ar") as path,
        deployed(Path(path), _database_url(request, Path(path))) as it,
    ):
        yield it


@pytest.fixture
def print_figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return what notes a line of figures, printed after the tests."""
    return request.config.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(line)


def _database_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the URL of a fresh database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{folder}/db.sqlite3"
    server_url: str = request.getfixturevalue("postgresql_url")
    name = f"test_{folder.name}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return server_url.replace("/postgres?", f"/{name}?")
