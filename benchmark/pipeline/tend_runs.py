"""The safety net, every minute: wakes lanes for cases nobody holds, finishes what is done, salvages what is stale."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from benchmark.models.run import CaseResult, ResultState, Run, RunState
from benchmark.pipeline.claim_cases import expired, reclaim_expired, workable
from benchmark.pipeline.finish_run import finish_run, salvage_run
from benchmark.pipeline.lane_shares import lane_count
from benchmark.pipeline.start_due_run import start_waiting_run
from benchmark.pipeline.wake_lanes import wake_lanes


def tend_runs(now: datetime) -> None:
    """Make good what a lost message or a crash left undone. Safe to do at any time, twice, or at once in two places."""
    _reclaim(now)
    salvage_stale_runs(now)
    for run in Run.objects.filter(state=RunState.RUNNING):
        if not finish_run(run.pk, now):
            _wake_missing_lanes(run, now)
    start_waiting_run(now)


def salvage_stale_runs(now: datetime) -> None:
    """End runs without progress for too long: finished entries count, the rest fail."""
    for run in Run.objects.filter(state=RunState.RUNNING):
        if run.is_stale(now):
            salvage_run(run.pk, now)


def _reclaim(now: datetime) -> None:
    """Free the cases of dead lanes, also those of runs that have ended since."""
    lease = timedelta(seconds=settings.LANE_LEASE_SECONDS)
    run_ids = CaseResult.objects.filter(expired(now, lease)).order_by().values_list("run_id", flat=True).distinct()
    for run_id in list(run_ids):
        with transaction.atomic():
            reclaim_expired(Run.objects.select_for_update().get(pk=run_id), now, lease)


def _wake_missing_lanes(run: Run, now: datetime) -> None:
    leased = run.results.filter(state=ResultState.LEASED)
    lanes = leased.order_by().values("lease_owner").distinct().count()
    if lanes < lane_count(run) and workable(run, now).exists():
        wake_lanes(run, lane_count(run) - lanes)
