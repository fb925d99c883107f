"""manage.py simulate_gateway: bad usage. That it serves is shown by every test that runs against it."""

import socket

import pytest

from tests.management.manage import manage


@pytest.mark.parametrize("arguments", [[], ["--port"], ["--port", "http"], ["--port", "0", "--latency-ms", "soon"]])
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    assert manage("simulate_gateway", *arguments).code == 2


def test_a_port_that_is_taken_or_does_not_exist_fails_with_a_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        in_use = manage("simulate_gateway", "--port", port)
    beyond = manage("simulate_gateway", "--port", "70000")

    assert (in_use.code, beyond.code) == (1, 1)
    assert f"Can't serve on port {port}" in in_use.error
    assert "Can't serve on port 70000" in beyond.error
