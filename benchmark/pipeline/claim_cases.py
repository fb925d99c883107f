"""Hands out cases to ask: each with a lease, and with its worst-case cost reserved under the caps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, F, Q, QuerySet, Sum

from benchmark.domain.golden_case import GoldenCase
from benchmark.golden.loader import golden_set
from benchmark.models.daily_spend import DailySpend
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry
from benchmark.pipeline.backoff import MAX_BACKOFF_S, MAX_TRIES

# All that a pending row holds besides its defaults: the rest need not be read to ask it, and is written with the answer.
_CLAIMED_FIELDS = (
    *("id", "run_id", "entry_id", "case_id", "route", "repetition"),
    *("worst_case_usd", "tries", "empty_replies", "cost_usd", "charged_usd"),
)

LONGEST_LANE: Final = timedelta(hours=1)
_ENTRY_FIELDS = (
    *("run", "position", "state", "model", "reasoning_effort", "spent_usd"),
    *("call_limit", "paused_until", "transient_streak"),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A case that the lane holding its lease must ask now."""

    result: CaseResult
    entry: RunEntry
    case: GoldenCase


@dataclass(slots=True)
class Allowance:
    """What may still be reserved, in USD (None: no cap), and whether calls in flight may yet free some."""

    usd: Decimal | None
    in_flight: int

    def covers(self, amount_usd: Decimal) -> bool:
        return self.usd is None or amount_usd <= self.usd

    def take(self, amount_usd: Decimal) -> None:
        self.in_flight += 1
        if self.usd is not None:
            self.usd -= amount_usd


def claim_cases(run: Run, owner: str, want: int, now: datetime, lease: timedelta) -> list[Claim]:
    """Lease up to `want` pending cases to `owner` and return them. The caller holds the lock on the run's row.

    Over all lanes together no more than `max_concurrency` are leased, per entry no more than its call limit, and what is
    reserved fits under the caps. An entry whose next call can't fit although nothing is in flight has failed: `budget`.
    """
    if not run.is_running:
        return []
    in_flight = _in_flight(run)
    room = min(want, run.max_concurrency - sum(count for count, _ in in_flight.values()))
    if room <= 0:
        return []
    entries = list(run.entries.order_by("position").only(*_ENTRY_FIELDS))
    allowance = _allowance(run, entries, in_flight, now)
    claims: list[Claim] = []
    for entry in (entry for entry in entries if entry.state == EntryState.MEASURING and not entry.is_paused(now)):
        if room <= len(claims):
            break
        bears = 1 if entry.is_ailing else entry.call_limit
        limit = min(room - len(claims), bears - in_flight.get(entry.pk, (0, None))[0])
        if limit > 0:
            claims += _claim_of_entry(entry, limit, allowance, now)
    _lease(claims, owner, now + lease)
    return claims


def claimable(results: "QuerySet[CaseResult]", now: datetime) -> "QuerySet[CaseResult]":
    """Return the pending results that may be asked now; a time too far ahead is a clock that was set back since."""
    too_far = now + timedelta(seconds=2 * MAX_BACKOFF_S)
    ripe = Q(not_before__isnull=True) | Q(not_before__lte=now) | Q(not_before__gt=too_far)
    return results.filter(ripe, state=ResultState.PENDING)


def workable(run: Run, now: datetime) -> "QuerySet[CaseResult]":
    """Return the results of `run` that a lane could ask now, but for room and budget."""
    paused = [entry.pk for entry in run.entries.exclude(paused_until=None) if entry.is_paused(now)]
    return claimable(run.results.exclude(entry_id__in=paused), now)


def expired(now: datetime, lease: timedelta) -> Q:
    """Return the condition for a lease that nobody renews; one too far ahead is a clock that was set back since."""
    return Q(state=ResultState.LEASED) & (Q(lease_until__lt=now) | Q(lease_until__gt=now + 3 * lease))


def reclaim_expired(run: Run, now: datetime, lease: timedelta) -> int:
    """Free the cases whose lane died and return how many. Their calls may have been paid: the reserve is charged."""
    lost = list(run.results.filter(expired(now, lease)).select_related("entry").select_for_update(of=("self",)))
    for result in lost:
        state = _state_after_loss(run, result)
        RunEntry.objects.filter(pk=result.entry_id).update(spent_usd=F("spent_usd") + result.worst_case_usd)
        DailySpend.charge(now, result.worst_case_usd)
        CaseResult.objects.filter(pk=result.pk).update(
            state=state,
            verdict="errored" if state == ResultState.DONE else "",
            error=f"lost {result.tries} times with the worker that asked" if state == ResultState.DONE else "",
            finished_at=now if state == ResultState.DONE else None,
            charged_usd=F("charged_usd") + F("worst_case_usd"),
            lease_owner="",
            lease_until=None,
        )
    return len(lost)


def _state_after_loss(run: Run, result: CaseResult) -> ResultState:
    if not run.is_running or result.entry.state != EntryState.MEASURING:
        return ResultState.SKIPPED
    return ResultState.DONE if result.tries >= MAX_TRIES else ResultState.PENDING


def _in_flight(run: Run) -> Mapping[int, tuple[int, Decimal]]:
    """Return, per entry, how many cases are leased and what is reserved for them in USD."""
    leased = run.results.filter(state=ResultState.LEASED).order_by().values("entry_id")
    rows = leased.annotate(count=Count("pk"), reserved=Sum("worst_case_usd"))
    return {row["entry_id"]: (row["count"], row["reserved"] or Decimal(0)) for row in rows}


def _allowance(
    run: Run, entries: list[RunEntry], in_flight: Mapping[int, tuple[int, Decimal]], now: datetime
) -> Allowance:
    reserved = sum((amount for _, amount in in_flight.values()), Decimal(0))
    left = []
    if run.max_cost_usd is not None:
        left.append(run.max_cost_usd - sum((entry.spent_usd for entry in entries), Decimal(0)))
    if run.max_daily_cost_usd is not None:
        # Read in this order: a call that ends between the two counts twice then, not never.
        elsewhere = _reserved_by_ended_runs(now)
        left.append(run.max_daily_cost_usd - elsewhere - DailySpend.charged_on(now))
    return Allowance(min(left) - reserved if left else None, sum(count for count, _ in in_flight.values()))


def _reserved_by_ended_runs(now: datetime) -> Decimal:
    """Return what is reserved, in USD, for calls that runs were still waiting for when they were cancelled or salvaged."""
    lately = Run.objects.filter(finished_at__gt=now - LONGEST_LANE).order_by()
    leased = CaseResult.objects.filter(run__in=lately, state=ResultState.LEASED)
    return leased.aggregate(total=Sum("worst_case_usd"))["total"] or Decimal(0)


def _claim_of_entry(entry: RunEntry, limit: int, allowance: Allowance, now: datetime) -> list[Claim]:
    cases = golden_set().by_id()
    claims: list[Claim] = []
    ripe = claimable(entry.results.all(), now).select_for_update(skip_locked=True).values(*_CLAIMED_FIELDS)
    if entry.is_ailing:  # no case shall use up its tries on an outage
        ripe = ripe.order_by("tries", "id")
    for result in (CaseResult(**row) for row in ripe[:limit]):
        if not allowance.covers(result.worst_case_usd):
            if not allowance.in_flight:
                worst = f"${result.worst_case_usd:.4f}"
                entry.fail(f"budget: its next call could cost {worst}, more than the caps leave", now)
            break
        allowance.take(result.worst_case_usd)
        claims.append(Claim(result, entry, cases[result.case_id]))
    return claims


def _lease(claims: list[Claim], owner: str, until: datetime) -> None:
    for claim in claims:
        claim.result.state, claim.result.lease_owner, claim.result.lease_until = ResultState.LEASED, owner, until
        claim.result.tries += 1
    CaseResult.objects.filter(pk__in=[claim.result.pk for claim in claims]).update(
        state=ResultState.LEASED, lease_owner=owner, lease_until=until, tries=F("tries") + 1
    )
