"""Hands out cases to ask: each with a lease, and with its worst-case cost reserved under the caps."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Final

from django.db.models import Count, F, Q, QuerySet, Sum

from benchmark.domain.golden_case import GoldenCase
from benchmark.golden.loader import golden_set
from benchmark.models.daily_spend import DailySpend
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry
from benchmark.pipeline.backoff import MAX_BACKOFF_S, MAX_TRIES
from benchmark.pipeline.lane_shares import lane_count, lane_hold

# All that a pending row holds besides its defaults: the rest need not be read to ask it, and is written with the answer.
_CLAIMED_FIELDS = (
    *("id", "run_id", "entry_id", "case_id", "route", "repetition"),
    *("worst_case_usd", "tries", "empty_replies", "cost_usd", "charged_usd"),
)

ENTRIES_READ: Final = 12
_SMALLEST_USD: Final = Decimal("1e-10")  # what the database keeps; SQLite adds floats
LONGEST_LANE: Final = timedelta(hours=1)
_ENTRY_FIELDS = (
    *("run", "position", "state", "model", "reasoning_effort"),
    *("call_limit", "paused_until", "permanent_streak", "transient_streak", "replies"),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A case that the lane holding its lease must ask now."""

    result: CaseResult
    entry: RunEntry
    case: GoldenCase


@dataclass(slots=True)
class Leases:
    """What is leased of a run: how many cases per entry and per lane, and what is reserved for all, in USD."""

    per_entry: Counter[int]
    per_lane: Counter[str]
    reserved_usd: Decimal


@dataclass(slots=True)
class Allowance:
    """What may still be reserved, in USD (None: no cap), and whether leased calls may yet free some."""

    usd: Decimal | None
    leased: int

    def covers(self, amount_usd: Decimal) -> bool:
        return self.usd is None or amount_usd <= self.usd

    def take(self, amount_usd: Decimal) -> None:
        self.leased += 1
        if self.usd is not None:
            self.usd -= amount_usd


def claim_cases(run: Run, owner: str, want: int, now: datetime, lease: timedelta) -> list[Claim]:
    """Lease up to `want` pending cases to the lane `owner` and return them. The caller holds the lock on the run's row.

    No more lanes hold leases than share the run's concurrency, so that it is never passed while each keeps to its share.
    What is reserved fits under the caps. An entry whose next call can't fit although nothing is leased has failed: `budget`.
    """
    if want <= 0 or not run.is_running:
        return []
    leases = _leases(run)
    room = min(want, lane_hold(run) - leases.per_lane[owner])
    if room <= 0 or (owner not in leases.per_lane and len(leases.per_lane) >= lane_count(run)):
        return []
    allowance = _allowance(run, leases, now)
    claims: list[Claim] = []
    for entry, most in _in_turn(run, leases, now):
        if len(claims) >= room:
            break
        taken = sum(claim.entry is entry for claim in claims)
        claims += _claim_of_entry(entry, taken, min(most, room - len(claims)), allowance, now)
    _lease(claims, owner, now + lease)
    return claims


def give_back(run: Run, owner: str, unasked: Q) -> None:
    """Take back the leases of `owner` on cases that were never asked: they wait again, or are skipped with their entry."""
    mine = run.results.filter(unasked, state=ResultState.LEASED, lease_owner=owner)
    measuring = Q(entry__in=run.entries.filter(state=EntryState.MEASURING)) if run.is_running else Q(pk=None)
    free = {"lease_owner": "", "lease_until": None, "tries": F("tries") - 1}
    mine.filter(measuring).update(state=ResultState.PENDING, **free)
    mine.update(state=ResultState.SKIPPED, **free)


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


def _leases(run: Run) -> Leases:
    leases = Leases(Counter(), Counter(), Decimal(0))
    leased = run.results.filter(state=ResultState.LEASED).order_by().values_list("entry_id", "lease_owner")
    for entry_id, owner, count, reserved_usd in leased.annotate(Count("pk"), Sum("worst_case_usd")):
        leases.per_entry[entry_id] += count
        leases.per_lane[owner] += count
        leases.reserved_usd += reserved_usd
    return leases


def _in_turn(run: Run, leases: Leases, now: datetime) -> Iterator[tuple[RunEntry, int]]:
    """Yield each entry with how many cases it may claim, in turn.

    A model that hangs must not hold up the others: at first none gets more than half of the run's concurrency. What is left
    then goes to those that answer well.
    """
    fair = ceil(run.max_concurrency / 2)
    seen: list[RunEntry] = []
    for entry in _measuring(run):
        seen.append(entry)
        yield entry, min(entry.bears(now), fair) - leases.per_entry[entry.pk]
    for entry in seen:
        if entry.answers_well and entry.bears(now) >= fair:
            yield entry, lane_hold(run)


def _measuring(run: Run) -> Iterator[RunEntry]:
    """Yield the entries that are being measured, in order. A few are read at a time: the first ones will mostly do."""
    entries = run.entries.filter(state=EntryState.MEASURING).order_by("position").only(*_ENTRY_FIELDS)
    after = -1
    while some := list(entries.filter(position__gt=after)[:ENTRIES_READ]):
        yield from some
        after = some[-1].position


def _allowance(run: Run, leases: Leases, now: datetime) -> Allowance:
    left = []
    if run.max_cost_usd is not None:
        left.append(run.max_cost_usd - run.spent_usd())
    if run.max_daily_cost_usd is not None:
        # Read in this order: a call that ends between the two counts twice then, not never.
        elsewhere = _reserved_by_ended_runs(now)
        left.append(run.max_daily_cost_usd - elsewhere - DailySpend.charged_on(now))
    usd = (min(left) - leases.reserved_usd).quantize(_SMALLEST_USD) if left else None
    return Allowance(usd, leases.per_lane.total())


def _reserved_by_ended_runs(now: datetime) -> Decimal:
    """Return what is reserved, in USD, for calls that runs were still waiting for when they were cancelled or salvaged."""
    lately = Run.objects.filter(finished_at__gt=now - LONGEST_LANE).order_by()
    leased = CaseResult.objects.filter(run__in=lately, state=ResultState.LEASED)
    return leased.aggregate(total=Sum("worst_case_usd"))["total"] or Decimal(0)


def _claim_of_entry(entry: RunEntry, taken: int, most: int, allowance: Allowance, now: datetime) -> list[Claim]:
    """Return claims on up to `most` cases of the entry, after the first `taken`, which fit under the caps."""
    if most <= 0:
        return []
    cases = golden_set().by_id()
    claims: list[Claim] = []
    ripe = claimable(entry.results.all(), now).select_for_update(skip_locked=True).values(*_CLAIMED_FIELDS)
    if entry.is_ailing:  # no case shall use up its tries on an outage
        ripe = ripe.order_by("tries", "id")
    for result in (CaseResult(**row) for row in ripe[taken : taken + most]):
        if not allowance.covers(result.worst_case_usd):
            if not allowance.leased:
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
