"""Asks again what a run's failed entries did not answer, as a new run that carries the rest."""

from datetime import datetime

from django.contrib.auth.models import User

from benchmark.models.config import BenchmarkConfig
from benchmark.models.run import EntryState, Run, RunPurpose
from benchmark.pipeline.errors import Conflict
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.start_run import start_run


def retry_run(run: Run, *, now: datetime, started_by: User | None = None) -> Run:
    """Start a run that asks only the open and errored cases of `run`'s failed entries, and return it.

    Raises Conflict when `run` has not ended, has no failed entry, or what it measured is not what would be measured now;
    and what `start_run` raises.
    """
    if run.is_running:
        raise Conflict(f"Run {run.pk} is still running: nothing to retry yet.")
    if not run.entries.filter(state=EntryState.FAILED).exists():
        raise Conflict(f"Run {run.pk} has no failed entry.")
    if run.identity != current_identity().digest or run.repetitions != BenchmarkConfig.load().repetitions:
        raise Conflict(f"Run {run.pk} measured other cases, or in another way, than a run would now: start a new run.")
    return start_run(RunPurpose.RETRY_FAILED, now=now, started_by=started_by, retry_of=run)
