"""The largest run there is, with nothing to wait for: how long each stage takes, and how much memory a worker needs.

    .venv/bin/python -m tests.performance.scale --models 100 --repetitions 3 [--postgresql | --database-url URL]

runs N models x all golden cases x R repetitions against the simulated gateway without latency, with real workers, on SQLite
in a temporary folder, on the bundled PostgreSQL, or on the database at URL (which must be empty).
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

from tests.deployment import Deployment, deployed
from tests.performance.engine import prepare, watch

MAX_WORKER_MIB: Final = 300


def main() -> None:
    options = parse_options()
    with (
        tempfile.TemporaryDirectory(prefix="ar") as folder,
        database(options, Path(folder)) as url,
        deployed(Path(folder), url) as deployment,
    ):
        prepare(deployment, options, latency_ms=0)
        measure(deployment)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=64)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--postgresql", action="store_true", help="The bundled PostgreSQL.")
    where.add_argument("--database-url", help="By default SQLite in a temporary folder.")
    return parser.parse_args()


@contextmanager
def database(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Yield the URL of the database to use."""
    if not options.postgresql:
        yield options.database_url or f"sqlite:///{folder}/db.sqlite3"
        return
    import pgserver  # installed for Python up to 3.12 alone

    server = pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def measure(deployment: Deployment) -> None:
    """Run everything and print what it took."""
    worker = psutil.Process(deployment.processes["worker"].pid)
    begun = time.time()
    run_id = deployment.manage("sync_deciders")["run_id"]
    started_s = time.time() - begun
    running = f"SELECT 1 FROM benchmark_run WHERE id = {run_id} AND state = 'running'"
    peak_mib = watch(worker, lambda: bool(deployment.rows(running)))
    ended = time.time()

    first, last, count = deployment.rows(
        f"SELECT min(finished_at), max(finished_at), count(*) FROM benchmark_caseresult"
        f" WHERE run_id = {run_id} AND state = 'done'"
    )[0]
    state, publication = deployment.rows(f"SELECT state, publication FROM benchmark_run WHERE id = {run_id}")[0]
    requests = deployment.gateway_stats()["requests"]
    print(f"{'PostgreSQL' if deployment.database_url.startswith('postgres') else 'SQLite'}: {state}, {publication}")
    print(f"start            {started_s:8.1f} s  the whole command: sync, entries, {count:,} cases to ask")
    print(f"measure          {moment(last) - moment(first):8.1f} s  {count:,} results of {requests:,} requests")
    print(f"finish, publish  {ended - moment(last):8.1f} s")
    print(f"worker, at most  {peak_mib:8.0f} MiB")
    assert (state, publication) == ("completed", "published")
    assert peak_mib < MAX_WORKER_MIB, "a worker takes too much memory"


def moment(value: datetime | str) -> float:
    """Return a time as the database states it, SQLite as text in UTC, in seconds."""
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)).timestamp()


if __name__ == "__main__":
    main()
