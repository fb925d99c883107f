"""Tells the workers that there is work. A message lost here costs a minute: `tend_runs` looks at the rows again."""

import logging
from math import ceil
from typing import Final

from django.db import transaction
from kombu.exceptions import OperationalError

from autorouting.celery import app
from benchmark.models.run import Run

CALLS_PER_LANE: Final = 32
# A worker runs a lane in each of its processes: more lanes than the smallest worker has would leave their shares idle.
MAX_LANES: Final = 2
LANE_TASK: Final = "benchmark.tasks.measure"

logger = logging.getLogger(__name__)


def lane_count(run: Run) -> int:
    """Return how many lanes share the run's concurrency."""
    return min(MAX_LANES, ceil(run.max_concurrency / CALLS_PER_LANE))


def lane_share(run: Run) -> int:
    """Return how many calls one lane keeps in flight: all lanes together never more than the run's concurrency."""
    return run.max_concurrency // lane_count(run)


def lane_hold(run: Run) -> int:
    """Return how many cases one lane holds at most: those in flight, and those it claimed ahead."""
    return 3 * lane_share(run)


def wake_lanes(run: Run, count: int | None = None) -> None:
    """Enqueue `count` lanes (by default all of the run's) once the transaction is committed."""
    run_id, lanes = run.pk, lane_count(run) if count is None else count
    transaction.on_commit(lambda: _enqueue(run_id, lanes))


def _enqueue(run_id: int, lanes: int) -> None:
    try:
        for _ in range(lanes):
            app.send_task(LANE_TASK, [run_id])
    except (OperationalError, OSError) as error:
        logger.warning("Run %s: could not wake a lane (%s); the next tend will.", run_id, type(error).__name__)
