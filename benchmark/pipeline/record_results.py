"""Writes down what came back: the grade, the cost, and what it says about the model's health."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from django.conf import settings
from django.db import connection, models

from benchmark.domain.outcome import Verdict
from benchmark.domain.served_model import is_same_model
from benchmark.grading.grade_case import grade_answer
from benchmark.models.daily_spend import DailySpend
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry
from benchmark.pipeline.backoff import MAX_TRIES, next_try
from benchmark.pipeline.claim_cases import Claim
from benchmark.runners.runner import PermanentError, RateLimited, Reply, RunnerError, TimeLimitExceeded, TransientError

MAX_PERMANENT_STREAK: Final = 5
MAX_EMPTY_REPLIES: Final = 2
PROGRESS_STEP: Final = timedelta(seconds=1)
_MAX_KEPT_ANSWER: Final = 20_000

_KEPT_FIELDS: Final = frozenset({"id", "run", "entry", "case_id", "route", "repetition", "worst_case_usd"})
_WRITTEN_FIELDS: Final = [f for f in CaseResult._meta.concrete_fields if f.name not in _KEPT_FIELDS]
_CONVERTED: Final = [f for f in _WRITTEN_FIELDS if isinstance(f, models.DecimalField | models.DateTimeField)]
_PLAIN: Final = [f for f in _WRITTEN_FIELDS if f not in _CONVERTED]
_plain_values = attrgetter(*(f.attname for f in _PLAIN))

_HEALTH_FIELDS: Final = (
    *("spent_usd", "call_limit", "paused_until", "permanent_streak", "transient_streak"),
    *("replies", "mismatched_replies"),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A claim and what came of asking it."""

    claim: Claim
    reply: Reply | RunnerError


def record_results(run: Run, owner: str, answered: Sequence[Answered], now: datetime) -> list[RunEntry]:
    """Write `answered` whose lease `owner` still holds, and return their entries.

    The caller holds the lock on the run's row.

    A case whose lease was lost meanwhile is left to who leased it next, this lane too: the reserve of the lost call was
    charged then. The number of tries tells the leases of one case apart.
    """
    if not answered:
        return []
    mine = CaseResult.objects.filter(
        pk__in=[a.claim.result.pk for a in answered], state=ResultState.LEASED, lease_owner=owner
    )
    held = set(mine.values_list("pk", "tries"))
    by_entry: dict[int, list[Answered]] = defaultdict(list)
    for one in answered:
        if (one.claim.result.pk, one.claim.result.tries) in held:
            by_entry[one.claim.result.entry_id].append(one)
    entries = RunEntry.objects.in_bulk(list(by_entry))
    charged = [_record_entry(entries[pk], some, run.max_concurrency, now) for pk, some in by_entry.items()]
    DailySpend.charge(now, sum(charged, Decimal(0)))
    _write([one.claim.result for some in by_entry.values() for one in some])
    if abs(now - run.progressed_at) > PROGRESS_STEP:
        run.progressed_at = now
        run.save(update_fields=["progressed_at"])
    return list(entries.values())


def _record_entry(entry: RunEntry, answered: Sequence[Answered], max_concurrency: int, now: datetime) -> Decimal:
    """Apply the answers to the entry and its results, save the entry, and return what was charged, in USD."""
    charged, broken = Decimal(0), ""
    for one in answered:
        before = one.claim.result.charged_usd
        _apply(one, entry, now)
        _note_health(entry, one.reply, max_concurrency, now)
        charged += one.claim.result.charged_usd - before
        broken = broken or _broken(entry, one.reply)
    entry.spent_usd += charged
    entry.save(update_fields=_HEALTH_FIELDS)
    if broken and entry.state == EntryState.MEASURING:
        entry.fail(broken, now)
        for one in answered:
            if one.claim.result.state == ResultState.PENDING:
                one.claim.result.state = ResultState.SKIPPED
    return charged


def _apply(one: Answered, entry: RunEntry, now: datetime) -> None:
    """Turn the reply or error into the result's new fields."""
    result, reply = one.claim.result, one.reply
    result.lease_owner, result.lease_until, result.not_before = "", None, None
    if isinstance(reply, Reply):
        _apply_reply(result, one.claim, reply, entry, now)
    else:
        _apply_error(result, reply, now)
    result.finished_at = now if result.state == ResultState.DONE else None
    if result.state == ResultState.PENDING and entry.state != EntryState.MEASURING:
        result.state = ResultState.SKIPPED


def _apply_reply(result: CaseResult, claim: Claim, reply: Reply, entry: RunEntry, now: datetime) -> None:
    cost = _cost_usd(reply, entry)
    earlier_unknown = result.empty_replies > 0 and result.cost_usd is None
    result.cost_usd = None if cost is None or earlier_unknown else (result.cost_usd or Decimal(0)) + cost
    result.charged_usd += result.worst_case_usd if cost is None else cost
    for name in ("latency_ms", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"):
        setattr(result, name, getattr(reply, name))
    result.served_model, result.provider = reply.served_model, reply.provider
    grade = grade_answer(claim.case.check, reply.content)
    if grade.verdict is Verdict.NO_ANSWER:
        result.empty_replies += 1
        if result.empty_replies < MAX_EMPTY_REPLIES:
            result.state, result.not_before = ResultState.PENDING, next_try(1, now)
            return
    result.state, result.verdict = ResultState.DONE, grade.verdict
    result.answer, result.extracted = reply.content[:_MAX_KEPT_ANSWER], grade.extracted
    result.explanation, result.error = grade.explanation, ""


def _apply_error(result: CaseResult, error: RunnerError, now: datetime) -> None:
    if error.maybe_billed:
        result.charged_usd += result.worst_case_usd
    if isinstance(error, TimeLimitExceeded):
        result.state, result.verdict, result.timed_out = ResultState.DONE, Verdict.NO_ANSWER, True
        # Nobody says what an unfinished answer cost: at most the reserve, so a slow model never looks cheap.
        result.explanation, result.cost_usd = error.reason, result.charged_usd
        return
    result.error = error.reason
    if isinstance(error, PermanentError) or result.tries >= MAX_TRIES:
        result.state, result.verdict = ResultState.DONE, Verdict.ERRORED
    else:
        result.state, result.not_before = ResultState.PENDING, next_try(result.tries, now, error.retry_after_s)


def _cost_usd(reply: Reply, entry: RunEntry) -> Decimal | None:
    """Return the reported cost; else tokens times the catalogue's price; else None."""
    if reply.cost_usd is not None:
        return reply.cost_usd
    prices = (entry.prompt_price_usd, entry.completion_price_usd)
    tokens = (reply.prompt_tokens, reply.completion_tokens)
    if prices[0] is None or prices[1] is None or tokens[0] is None or tokens[1] is None:
        return None
    return (tokens[0] * prices[0] + tokens[1] * prices[1]).quantize(Decimal("1e-10"))


def _note_health(entry: RunEntry, reply: Reply | RunnerError, max_concurrency: int, now: datetime) -> None:
    """Count streaks and replies from another model; slow down when calls fail, speed up again slowly."""
    if isinstance(reply, Reply):
        entry.permanent_streak = entry.transient_streak = 0
        entry.replies += 1
        entry.mismatched_replies += not is_same_model(entry.model, reply.served_model)
        if entry.call_limit < max_concurrency and entry.replies % max(4, entry.call_limit) == 0:
            entry.call_limit += 1
    elif isinstance(reply, PermanentError):
        entry.permanent_streak += 1
    elif not isinstance(reply, TimeLimitExceeded):
        entry.permanent_streak = 0
        _slow_down(entry, reply, now)


def _slow_down(entry: RunEntry, error: RunnerError, now: datetime) -> None:
    """Pause the model when it is rate limited, or fails again; when rate limited, halve its call limit.

    The calls that were in flight with the failed one count as one with it: an outage is not longer for being met by many.
    """
    if entry.is_paused(now):
        return
    entry.transient_streak += 1
    if isinstance(error, RateLimited):
        entry.call_limit = max(1, entry.call_limit // 2)
    if entry.is_ailing or isinstance(error, RateLimited) or error.retry_after_s:
        entry.paused_until = next_try(min(entry.transient_streak, MAX_TRIES), now, error.retry_after_s)


def _broken(entry: RunEntry, reply: Reply | RunnerError) -> str:
    """Return why the circuit opens: the model answers nothing but errors; or nothing."""
    if isinstance(reply, PermanentError) and entry.permanent_streak >= MAX_PERMANENT_STREAK:
        return f"{entry.permanent_streak} permanent errors in a row; the gateway said {reply.reason}"
    if isinstance(reply, TransientError) and entry.transient_streak >= settings.OUTAGE_TRIES:
        return f"failed {entry.transient_streak} times in a row, with pauses between; the last: {reply.reason}"
    return ""


def _write(results: list[CaseResult]) -> None:
    """Write all results with one prepared statement: `bulk_update` builds a CASE per field and takes ten times as long."""
    columns = ", ".join(f"{field.column} = %s" for field in [*_PLAIN, *_CONVERTED])
    rows = [[*_plain_values(result), *_converted_values(result), result.pk] for result in results]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {CaseResult._meta.db_table} SET {columns} WHERE id = %s", rows)  # noqa: S608


def _converted_values(result: CaseResult) -> Iterator[Any]:
    """Yield the values that databases do not take as they are: amounts and times."""
    for field in _CONVERTED:
        value = getattr(result, field.attname)
        yield None if value is None else field.get_db_prep_save(value, connection)
