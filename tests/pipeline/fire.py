"""Runs on a real deployment that a test disturbs, and what must hold of each at its end."""

import json
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmark.golden.loader import golden_set
from tests.deployment import Deployment, wait_for

MODELS: Final = ("acme/one", "acme/two")
CASES: Final = len(MODELS) * len(golden_set().cases)
CONCURRENCY: Final = 80
WORKERS: Final = ("left", "right")
LEASE_S: Final = 2
_SUMMARIES: Final = """
    SELECT e.model, s.route, s.correct, s.graded, s.errored, s.accuracy, s.avg_cost_usd
    FROM benchmark_routesummary s JOIN benchmark_runentry e ON e.id = s.entry_id WHERE s.run_id = {} ORDER BY 1, 2
"""


@dataclass
class Fire:
    """A deployment with two workers of one lane each, under fire. `peaceful` are the summaries of an undisturbed run."""

    deployment: Deployment
    peaceful: list[tuple[Any, ...]] = field(default_factory=list)
    asked_before: int = 0

    def prepare(self) -> None:
        """Start gateway and workers, and note the summaries of an undisturbed run."""
        it = self.deployment
        it.settings["LANE_LEASE_SECONDS"] = str(LEASE_S)
        it.start_gateway(latency_ms=240)
        feed = it.folder / "feed.json"
        pricing = {"prompt": "0.000001", "completion": "0.000004"}
        feed.write_text(json.dumps({"data": [{"id": m, "name": m, "pricing": pricing} for m in MODELS]}))
        caps = ("--max-run-cost", "none", "--max-daily-cost", "none")
        it.start_operator()
        self.start_workers()
        it.operate("import_catalogue", str(feed))
        it.operate("configure", "--max-concurrency", str(CONCURRENCY), *caps)
        for model in MODELS:
            it.operate("decider", "pin", model)
        run_id = self.start()
        self.finish(run_id)
        assert self.asked() == CASES
        self.peaceful = self.summaries(run_id)

    def start_workers(self) -> None:
        for name in WORKERS:
            self.deployment.start_worker(name, concurrency=1)

    def kill_busy_worker(self, run_id: int) -> int:
        """Kill a worker in the midst of its lane, start another one in its place, and return what was in flight."""
        name = wait_for(self._busy_worker, what="a worker with a lane")
        self.deployment.kill(name)
        in_flight = self.in_flight(run_id)
        self._log_of(name).unlink()
        self.deployment.start_worker(name, concurrency=1)
        return in_flight

    def _log_of(self, worker: str) -> Path:
        return self.deployment.folder / f"{worker}.log"

    def _busy_worker(self) -> str:
        for name in WORKERS:
            lanes = re.findall(
                r"Task benchmark\.tasks\.measure\[\S+\] (received|succeeded)", self._log_of(name).read_text()
            )
            if lanes and lanes[-1] == "received":
                return name
        return ""

    def kill_workers(self) -> None:
        for name in WORKERS:
            self.deployment.kill(name)

    def in_flight(self, run_id: int) -> int:
        """Return how many calls were asked, and are not recorded."""
        return self.asked() - self.done(run_id)

    def start(self) -> int:
        """Start a run that measures everything anew, and return its id."""
        self.asked_before = self.deployment.gateway_stats()["requests"]
        return int(self.deployment.operate("run_deciders", "--force", "--yes")["run_id"])

    def done(self, run_id: int) -> int:
        sql = f"SELECT count(*) FROM benchmark_caseresult WHERE run_id = {run_id} AND state = 'done'"
        return int(self.deployment.value(sql))

    def wait_until(self, run_id: int, share: float) -> None:
        """Wait until that share of the run's cases has an outcome."""
        wait_for(lambda: self.done(run_id) >= share * CASES, what=f"{share:.0%} of run {run_id}")

    def tend_until(self, run_id: int, share: float) -> None:
        """Wait as `wait_until` does, calling `tend` every half second."""
        while self.done(run_id) < share * CASES:
            self.deployment.call_task("benchmark.tasks.tend")
            time.sleep(0.5)

    def finish(self, run_id: int, *, tends: int = 1, seconds: float = 90) -> str:
        """Call `tend` every second, `tends` times at once, until the run has ended; return its state."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for _ in range(tends):
                self.deployment.call_task("benchmark.tasks.tend")
            try:
                return self.deployment.wait_for_run(run_id, seconds=1)
            except TimeoutError:
                continue
        raise TimeoutError(f"run {run_id} did not end: {self.states(run_id)}")

    def states(self, run_id: int) -> dict[str, int]:
        """Return how many of the run's cases are in each state."""
        sql = f"SELECT state, count(*) FROM benchmark_caseresult WHERE run_id = {run_id} GROUP BY state"
        return dict(self.deployment.rows(sql))

    def asked(self) -> int:
        """Return how many calls the gateway counted since the last start."""
        return int(self.deployment.gateway_stats()["requests"]) - self.asked_before

    def summaries(self, run_id: int) -> list[tuple[Any, ...]]:
        return self.deployment.rows(_SUMMARIES.format(run_id))

    def hang_up_on_everyone(self) -> None:
        """Break every lane's hold on the database: end PostgreSQL's connections, or keep SQLite's write lock for long."""
        url = self.deployment.database_url
        if url.startswith("sqlite"):
            writer = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
            writer.execute("BEGIN IMMEDIATE")
            time.sleep(1.5 * LEASE_S)
            writer.close()
            return
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"{others} AND pid <> pg_backend_pid()")


def survived(fire: Fire, run_id: int, fault: str, in_flight_lost: int, note: Callable[[str], None]) -> None:
    """Assert that the run ended as if undisturbed, but for calls that were in flight at the faults; note the figures."""
    extra = fire.asked() - CASES
    results = fire.states(run_id)
    kind = fire.deployment.database_url.partition(":")[0]
    figures = f"{CASES} cases  {results.get('done', 0)} results  {extra} extra requests of at most {in_flight_lost}"
    note(f"{kind:10} {fault:58} {figures}")
    assert fire.deployment.value(f"SELECT state FROM benchmark_run WHERE id = {run_id}") == "completed"
    assert results == {"done": CASES}
    keys = "SELECT DISTINCT entry_id, case_id, repetition FROM benchmark_caseresult"
    assert len(fire.deployment.rows(f"{keys} WHERE run_id = {run_id}")) == CASES
    assert fire.summaries(run_id) == fire.peaceful
    assert 0 <= extra <= in_flight_lost
    assert fire.deployment.gateway_stats()["max_in_flight"] <= CONCURRENCY
