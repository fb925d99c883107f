"""Settles entries whose cases are all done, and ends the run when every entry is settled. Safe to do twice."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from benchmark.domain.summary import Summary, summarise
from benchmark.models.run import OPEN_STATES, CaseResult, EntryState, ResultState, Run, RunEntry, RunState
from benchmark.models.summary import RouteSummary
from benchmark.pipeline.publish_table import publish_table

MIN_COVERAGE = 0.9
MAX_MISMATCHED_SHARE = 0.1


def finish_run(run_id: int, now: datetime) -> bool:
    """Settle what can be settled; end and publish the run if nothing is left. Returns whether the run has ended."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.is_running:
            settle_entries(run.entries.all(), now)
            _end_if_settled(run, now)
        return not run.is_running


def settle_entries(entries: "QuerySet[RunEntry]", now: datetime) -> int:
    """Settle those of `entries` that wait for no case any more, and return how many. The caller holds the run's lock."""
    open_results = CaseResult.objects.filter(entry=OuterRef("pk"), state__in=OPEN_STATES)
    done = list(entries.filter(~Exists(open_results), state=EntryState.MEASURING))
    for entry in done:
        settle_entry(entry, now)
    return len(done)


def settle_entry(entry: RunEntry, now: datetime) -> None:
    """Make the entry ready with its summaries, or failed with a reason."""
    summaries = summarise(CaseResult.outcomes(entry.results.filter(state=ResultState.DONE)))
    if reason := _failure(entry, summaries):
        entry.fail(reason, now)
        return
    RouteSummary.objects.bulk_create([RouteSummary.of(entry, summary) for summary in summaries])
    entry.state, entry.settled_at = EntryState.READY, now
    entry.save(update_fields=["state", "settled_at"])


def salvage_run(run_id: int, now: datetime) -> None:
    """End a stale run: finished entries count, the rest fail."""
    hours = Run.objects.get(pk=run_id).stale_after_hours
    _close(run_id, now, f"stale: no progress for {hours} h, salvaged at {now:%Y-%m-%d %H:%M} UTC", RunState.RUNNING)


def close_outdated_run(run_id: int, now: datetime) -> None:
    """End a run whose golden cases were replaced while it ran: finished entries count, the rest fail."""
    _close(run_id, now, "outdated: the golden cases were replaced while it ran", RunState.RUNNING)


def cancel_run(run_id: int, now: datetime, by: str) -> bool:
    """Cancel the run: nothing more is sent, calls in flight end and are charged. Returns whether it was running."""
    return _close(run_id, now, f"cancelled by {by}", RunState.CANCELLED)


def _close(run_id: int, now: datetime, reason: str, state: RunState) -> bool:
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if not run.is_running:
            return False
        finish_run(run_id, now)
        run.refresh_from_db()
        if not run.is_running:
            return True
        run.reason = reason[:500]
        for entry in run.entries.filter(state=EntryState.MEASURING):
            entry.fail(run.reason, now)
        run.state = state
        _end(run, now)
    return True


def _end_if_settled(run: Run, now: datetime) -> None:
    if not run.entries.filter(state=EntryState.MEASURING).exists():
        _end(run, now)


def _end(run: Run, now: datetime) -> None:
    """Write the final state; a cancelled run keeps its own. A completed run publishes in the same transaction."""
    measured = run.entries.filter(state__in=[EntryState.READY, EntryState.CARRIED]).exists()
    if run.state == RunState.RUNNING:
        run.state = RunState.COMPLETED if measured else RunState.FAILED
        if not measured:
            run.reason = run.reason or _common_reason(run)
    run.finished_at = run.progressed_at = now
    run.save(update_fields=["state", "reason", "finished_at", "progressed_at"])
    if run.state == RunState.COMPLETED:
        publish_table(run, now)


def _failure(entry: RunEntry, summaries: list[Summary]) -> str:
    """Return why the entry can't count, or nothing."""
    if entry.replies and entry.mismatched_replies / entry.replies > MAX_MISMATCHED_SHARE:
        return f"other model: {entry.mismatched_replies} of {entry.replies} replies came from another model than asked"
    poor = [summary for summary in summaries if summary.coverage() < MIN_COVERAGE]
    if not poor:
        return ""
    worst = min(poor, key=lambda summary: (summary.coverage(), summary.route))
    error = entry.results.exclude(error="").order_by("-id").values_list("error", flat=True).first() or "no results"
    return (
        f"coverage: under {MIN_COVERAGE:.0%} of the cases graded on {len(poor)} routes "
        f"({worst.route}: {worst.graded} of {worst.graded + worst.errored}); last error: {error}"
    )


def _common_reason(run: Run) -> str:
    reasons = run.entries.exclude(reason="").values_list("reason", flat=True)
    return f"no entry could be measured; the first: {reasons.first() or 'no reason given'}"[:500]
