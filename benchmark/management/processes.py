"""The other processes that a command may need: a worker, the simulated gateway, the web server. Stopped by their pid."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings

from autorouting.celery import app

_STOP_SECONDS = 20


def interrupt_on_signals() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that what it started is stopped with it.

    SIGINT, too: a shell that starts a command in the background has it ignored.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


@contextmanager
def started(
    command: list[str], env: Mapping[str, str] | None = None, **options: object
) -> Iterator[subprocess.Popen[str]]:
    """Run `command` for the length of the block; then terminate it, and kill it when it does not end."""
    process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
        command, cwd=settings.BASE_DIR, env={**os.environ, **(env or {})}, text=True, **options
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def worker(env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a Celery worker, unless one answers already."""
    if app.control.ping(timeout=1.5):
        yield
        return
    settings.VAR_DIR.mkdir(exist_ok=True)
    options = ["--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "autorouting", "--quiet", "worker", *options]
    with (settings.VAR_DIR / "worker.log").open("a") as log, started(command, env, stdout=log, stderr=log):
        yield


@contextmanager
def simulated_gateway(seed: str) -> Iterator[dict[str, str]]:
    """Run the simulated gateway on a free port of 127.0.0.1 and yield the environment that points to it."""
    command = [sys.executable, "manage.py", "simulate_gateway", "--port", "0", "--seed", seed, "--json"]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("The simulated gateway did not start; its message is above.")
        yield {"GATEWAY_BASE_URL": json.loads(line)["url"], "GATEWAY_API_KEY": "", "GATEWAY_SIMULATED": seed}
