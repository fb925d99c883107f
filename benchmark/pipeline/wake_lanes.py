"""Tells the workers that there is work. A message lost here costs a minute: `tend_runs` looks at the rows again."""

import logging
from typing import Final

from django.db import transaction
from kombu.exceptions import OperationalError

from autorouting.celery import app
from benchmark.models.run import Run
from benchmark.pipeline.lane_shares import lane_count

LANE_TASK: Final = "benchmark.tasks.measure"

logger = logging.getLogger(__name__)


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
