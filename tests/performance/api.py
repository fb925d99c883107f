"""How fast the API answers, beside a view that does nothing on the same server in the same run.

    .venv/bin/python -m tests.performance.api [--seconds 4] [--rounds 3]

Starts granian with 2 workers on loopback over a SQLite file of its own: a table of 10 models on 18 routes, and a catalogue
of 2,000 models. Drives it with wrk (Debian: apt-get install wrk). Not collected by pytest: it measures, it does not test.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any, Final

import httpx
import psutil

from tests.deployment import ROOT, free_port, wait_for

SECRET: Final = "a-secret-of-the-measurement"
TABLE: Final = "/api/routing-table"
CANDIDATES: Final = "/api/internal/auto-routing-benchmark/decider-candidates"
ROUTE: Final = "debugging/bug_fixing"
CONNECTIONS: Final = 16
MODELS: Final = 10


@dataclass(frozen=True)
class Call:
    """One kind of request. `aim` is the share of the no-op's requests per second that is wanted."""

    name: str
    path: str
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    aim: float | None = None

    def script(self, delay_ms: float) -> str:
        """Return the Lua that makes wrk send it, each connection waiting `delay_ms` between two requests."""
        lines = [f'wrk.headers["Authorization"] = "Bearer {SECRET}"']
        lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in self.headers]
        if self.body is not None:
            lines += ['wrk.method = "POST"', f"wrk.body = [==[{json.dumps(self.body)}]==]"]
        if delay_ms:
            lines.append(f"function delay() return {delay_ms:.0f} end")
        return "\n".join(lines)


@dataclass(frozen=True)
class Measured:
    """`cpu_us` is what the server's processes used per request: it holds also where other work slows the machine."""

    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--threads", type=int, default=4, help="per web worker")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    options = parser.parse_args()
    if not which("wrk"):
        sys.exit("wrk is not installed. On Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="api") as folder:
        prepare(Path(folder))
        with served(Path(folder), options.threads) as url:
            measure_all(url, options.seconds, options.rounds)
    compare_in_process()


def prepare(folder: Path) -> None:
    """Set the environment up and fill a database of its own."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.performance.api_settings",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "for the measurement alone",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "INTERNAL_API_SECRET": f"{SECRET},a-second-one",
        "GATEWAY_BASE_URL": "http://127.0.0.1:1/v1",
        "GATEWAY_SIMULATED": "measurement",
    }
    import django

    django.setup()
    from django.core.management import call_command

    from tests import factories

    call_command("migrate", verbosity=0)
    names = [f"acme/model-{n}" for n in range(MODELS)]
    factories.published_run({name: (10 - n % 5, f"0.00{n + 1}") for n, name in enumerate(names)})
    for name in names:
        factories.catalogue_model(name, None)
    factories.catalogue_models(2000 - MODELS)


@contextmanager
def served(folder: Path, threads: int) -> Iterator[str]:
    """Yield the URL of the production server: 2 workers of so many threads each."""
    port = free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
    options += ["--blocking-threads", str(threads)]
    command = [sys.executable, "-m", "granian", *options, "autorouting.wsgi:application"]
    with folder.joinpath("server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(url), what="an answer of the server")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def calls(url: str) -> list[Call]:
    answer = httpx.get(url + TABLE, headers={"Authorization": f"Bearer {SECRET}"}).raise_for_status()
    asked = {"route": ROUTE, "incumbent": "acme/model-3", "denied": ["acme/model-0"], "promptTokens": 5000}
    return [
        Call("no-op view behind the API's door (the ceiling)", "/api/noop"),
        Call("no-op view behind the pages' middleware", "/noop"),
        Call("table, unchanged (304)", TABLE, headers=(("If-None-Match", answer.headers["ETag"]),), aim=0.7),
        Call(f"table, whole ({len(answer.content) / 1024:.0f} KiB)", TABLE),
        Call("decide", "/api/decide", {"route": ROUTE}, aim=0.7),
        Call("decide, all options", "/api/decide", asked),
        Call("decide, explained", "/api/decide", asked | {"explain": True}),
        Call("candidates, 200 of 2,000 models", CANDIDATES),
    ]


def measure_all(url: str, seconds: int, rounds: int) -> None:
    ceiling, *others = calls(url)
    print(f"| {'endpoint':46} | requests/s | of no-op | CPU us | of no-op's | p50 ms | p99 ms | p99 ms at half load |")
    print("|---|---|---|---|---|---|---|---|")
    for call in [ceiling, *others]:
        wrk(url, call, 1)
        # Right beside the no-op in each round, so that a busy machine slows both alike.
        pairs = [(wrk(url, ceiling, seconds), wrk(url, call, seconds)) for _ in range(rounds)]
        share = median(one.per_second / noop.per_second for noop, one in pairs)
        cpu_share = median(one.cpu_us / noop.cpu_us for noop, one in pairs)
        names = ("per_second", "cpu_us", "p50_ms", "p99_ms")
        rate, cpu, p50, p99 = (median(getattr(one, name) for _, one in pairs) for name in names)
        delay_ms = 1000 * CONNECTIONS / (rate / 2)
        half = min((wrk(url, call, seconds, delay_ms=delay_ms) for _ in range(rounds)), key=lambda one: one.p99_ms)
        aim = "" if call.aim is None else f" (aim {call.aim:.0%}: {'met' if share >= call.aim else 'MISSED'})"
        speed = f"{rate:,.0f} | {share:.0%}{aim} | {cpu:.0f} | {cpu_share:.0%}"
        print(f"| {call.name:46} | {speed} | {p50:.2f} | {p99:.2f} | {half.p99_ms:.2f} |")


def wrk(url: str, call: Call, seconds: int, *, delay_ms: float = 0) -> Measured:
    """Return what wrk finds with 16 connections: as fast as possible, or each waiting between its requests."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(call.script(delay_ms))
        script.flush()
        options = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency", "-s", script.name]
        before_s = _server_cpu_s()
        done = subprocess.run(["wrk", *options, url + call.path], capture_output=True, text=True, check=True)
        used_s = _server_cpu_s() - before_s
    if "Non-2xx" in done.stdout:
        raise RuntimeError(f"{call.name}: {done.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    count = re.search(r"(\d+) requests in", done.stdout)
    assert rate, done.stdout
    assert count, done.stdout
    return Measured(
        float(rate[1]), used_s / int(count[1]) * 1e6, _latency_ms(done.stdout, 50), _latency_ms(done.stdout, 99)
    )


def _server_cpu_s() -> float:
    """Return the CPU time of this process's children and theirs that still run: the server's."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(time.user + time.system for time in times)


def _latency_ms(output: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", output, re.MULTILINE)
    assert found, output
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def compare_in_process() -> None:
    """Print the time of a decision in process, and of LiteLLM's router on the same models where that is installed."""
    from benchmark.api.live_table import live_table
    from benchmark.domain.decision import Request, decide

    routing = live_table.get().value.routing
    assert routing is not None
    ranked, request = routing.routes[ROUTE], Request(incumbent="acme/model-3", prompt_tokens=5000)
    ours = timed(lambda: decide(ranked, routing.policy, request))
    print(f"\nA decision in process, among {MODELS}: {ours:.1f} us.")
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"  # it would fetch one at import
    try:
        from litellm import Router
    except ImportError:
        print("LiteLLM is not installed (pip install 'litellm>=1.110,<2'): not compared.")
        return
    group = [{"model_name": ROUTE, "litellm_params": {"model": f"openai/{m.model}", "api_key": "x"}} for m in ranked]
    router = Router(model_list=group)
    messages = [{"role": "user", "content": "x"}]
    theirs = timed(lambda: router.get_available_deployment(ROUTE, messages=messages), calls=500)
    print(f"LiteLLM's router among the same: {theirs:.1f} us. Ours takes {ours / theirs:.0%} of it (aim: 25 %).")


def timed(call: Any, *, calls: int = 5000, rounds: int = 5) -> float:
    """Return the microseconds of one call, the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, time.perf_counter() - began)
    return best / calls * 1e6


if __name__ == "__main__":
    main()
