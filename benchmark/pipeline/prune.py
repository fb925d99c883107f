"""Retention: old cases lose first their texts, then their rows. Summaries, entries, tables and money figures stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import CaseResult, Run

TEXTS_AFTER_DAYS: Final = 90
RESULTS_AFTER_DAYS: Final = 365
BATCH: Final = 1000

_NO_TEXTS: Final = {"answer": "", "extracted": "", "explanation": ""}


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many case results lost their texts, and how many were dropped."""

    texts: int
    results: int


def prune(
    now: datetime, *, texts_after_days: int = TEXTS_AFTER_DAYS, results_after_days: int = RESULTS_AFTER_DAYS
) -> Pruned:
    """Drop the case texts and the case results of runs that ended so many days before `now`; return how many.

    The runs that the live table rests on keep all they have. Safe to stop at any time and to do twice: each batch is a
    transaction of its own, so that a run under way never waits long.
    """
    dropped = 0
    for run in _ended_before(now - timedelta(days=results_after_days)):
        for pks in _batches(run.results.all()):
            dropped += CaseResult.objects.filter(pk__in=pks).delete()[0]
    emptied = 0
    for run in _ended_before(now - timedelta(days=texts_after_days)):
        for pks in _batches(run.results.exclude(**_NO_TEXTS)):
            emptied += CaseResult.objects.filter(pk__in=pks).update(**_NO_TEXTS)
    return Pruned(texts=emptied, results=dropped)


def _ended_before(moment: datetime) -> list[Run]:
    """Return the runs that ended before `moment` and that the live table does not rest on, oldest first."""
    return list(Run.objects.filter(finished_at__lt=moment).exclude(pk__in=_live_basis()).order_by("pk"))


def _live_basis() -> set[int]:
    """Return the ids of the runs that the live table rests on: its own, and those that measured what it carried."""
    live = RoutingTable.live()
    if live is None:
        return set()
    carried = live.run.entries.exclude(carried_from=None).values_list("carried_from_id", flat=True)
    return {live.run_id, *(pk for pk in carried if pk is not None)}


def _batches(results: "QuerySet[CaseResult]") -> Iterator[list[int]]:
    """Yield the ids of `results` in bounded batches, each read when the one before it is done."""
    last = 0
    while pks := list(results.filter(Q(pk__gt=last)).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield pks
        last = pks[-1]
