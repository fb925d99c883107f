"""Whether a run is due, computed from the rows every time: nothing that is lost elsewhere can hide it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from more_itertools import chunked

from benchmark.domain.deciders import Decider
from benchmark.domain.identity import MeasurementIdentity
from benchmark.models.config import BenchmarkConfig
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import EntryState, Publication, Run, RunEntry, RunPurpose, RunState
from benchmark.pipeline.carry import BATCH, holding_entries

MAX_RETRY_DAYS: Final = 3

Key = tuple[str, str | None]


def due_purpose(members: Iterable[Decider], identity: MeasurementIdentity, now: datetime) -> RunPurpose | None:
    """Return why a run of `members` is due, or None when none is."""
    config = BenchmarkConfig.load()
    keys = [member.key for member in members]
    holding = holding_entries(identity, config.repetitions, [model for model, _ in keys])
    measured = {key for key in keys if key in holding}
    missing = [key for key in keys if key not in holding]
    failures = _failure_days(missing, identity, config.repetitions)
    if fresh := [key for key in missing if key not in failures]:
        return RunPurpose.IDENTITY_CHANGED if _was_measured(fresh) else RunPurpose.SET_CHANGED
    if any(_retry_is_due(days, now.date()) for days in failures.values()):
        return RunPurpose.RETRY_FAILED
    return _table_purpose(measured, identity, config) if measured else None


def _failure_days(keys: Iterable[Key], identity: MeasurementIdentity, repetitions: int) -> dict[Key, set[date]]:
    """Return the days on which an entry of each key failed under this identity; keys that never failed are left out."""
    wanted = set(keys)
    days: dict[Key, set[date]] = defaultdict(set)
    for models in chunked({model for model, _ in wanted}, BATCH):
        failed = RunEntry.objects.filter(
            model__in=models, state=EntryState.FAILED, run__identity=identity.digest, run__repetitions=repetitions
        ).exclude(settled_at=None)
        for model, effort, settled_at in failed.values_list("model", "reasoning_effort", "settled_at"):
            if (model, effort) in wanted and settled_at is not None:
                days[(model, effort)].add(settled_at.date())
    return dict(days)


def _retry_is_due(days: set[date], today: date) -> bool:
    """Return whether the next day has come, and the first failure was followed by fewer than three retries."""
    return max(days) < today and len(days) <= MAX_RETRY_DAYS


def _was_measured(keys: Iterable[Key]) -> bool:
    """Return whether one of the keys was ever measured, under whatever identity."""
    wanted = set(keys)
    return any(
        key in wanted
        for models in chunked({model for model, _ in wanted}, BATCH)
        for key in RunEntry.objects.filter(model__in=models, state=EntryState.READY)
        .values_list("model", "reasoning_effort")
        .distinct()
    )


def _table_purpose(measured: set[Key], identity: MeasurementIdentity, config: BenchmarkConfig) -> RunPurpose | None:
    """Return why the live table (or, while one is pinned, the newest run) no longer says what the rows say."""
    basis = _basis(measured)
    if basis is None or basis.measured_members() != measured:
        return RunPurpose.SET_CHANGED
    if basis.identity != identity.digest or basis.repetitions != config.repetitions:
        return RunPurpose.IDENTITY_CHANGED
    return RunPurpose.POLICY_CHANGED if basis.policy != config.policy else None


def _basis(measured: set[Key]) -> Run | None:
    """Return the run that the current table rests on.

    It is the live table's, unless that is pinned, or a newer run of the same members could not be published: another run
    would change nothing then.
    """
    live = RoutingTable.objects.filter(is_live=True).select_related("run").first()
    newest = Run.objects.filter(state=RunState.COMPLETED).order_by("-id").first()
    if newest is None or live is None or live.run_id == newest.pk:
        return live.run if live else _refused(newest, measured)
    return newest if live.pinned else _refused(newest, measured) or live.run


def _refused(newest: Run | None, measured: set[Key]) -> Run | None:
    if newest is None or newest.publication != Publication.INCOMPLETE:
        return None
    return newest if newest.measured_members() == measured else None
