"""Lanes that claim, answer, stall and crash in a given order, in one process: the steps of the budget's property test."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from benchmark.models.daily_spend import DailySpend
from benchmark.models.run import CaseResult, ResultState, Run
from benchmark.pipeline.claim_cases import Claim, claim_cases, reclaim_expired
from benchmark.pipeline.finish_run import finish_run
from benchmark.pipeline.lane_shares import lane_count, lane_hold
from benchmark.pipeline.record_results import Answered, record_results
from benchmark.runners.runner import Reply, RunnerError
from tests import factories

LEASE = timedelta(seconds=60)
CENT_OF_A_CENT = Decimal("1e-10")


@dataclass(frozen=True)
class Take:
    """A lane claims up to `want` cases."""

    lane: str
    want: int


@dataclass(frozen=True)
class Answer:
    """A lane gets the answer to the oldest call that it waits for, which costs `cost_factor` times the reserve.

    A factor of None is a cost that the gateway does not state; `error` is what came instead of a reply.
    """

    lane: str
    cost_factor: Decimal | None = Decimal(1)
    content: str = "wrong"
    error: RunnerError | None = None


@dataclass(frozen=True)
class Crash:
    """A lane dies with all it had in flight."""

    lane: str


@dataclass(frozen=True)
class Wait:
    """Time passes; leases that ran out meanwhile are freed."""

    seconds: int


Step = Take | Answer | Crash | Wait


@dataclass
class Interleaving:
    """One run and its lanes. `overcharge_usd` is what came on top of the reserves since cases were last claimed."""

    run: Run
    now: datetime = factories.NOW
    overcharge_usd: Decimal = Decimal(0)
    waiting: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))

    def take_step(self, step: Step) -> None:
        with transaction.atomic():
            self.run = Run.objects.select_for_update().get(pk=self.run.pk)
            match step:
                case Take(lane, want):
                    self._take(lane, want)
                case Answer():
                    self._answer(step)
                case Crash(lane):
                    self.waiting.pop(lane, None)
                case Wait(seconds):
                    self.now += timedelta(seconds=seconds)
                    reclaim_expired(self.run, self.now, LEASE)

    def drain(self) -> None:
        """Let all leases end, then answer whatever can still be asked, until nothing can."""
        self.waiting.clear()
        for _ in range(100):
            self.take_step(Wait(1300))
            self.take_step(Take("last", 100))
            if not self.waiting["last"]:
                break
            while self.waiting["last"]:
                self.take_step(Answer("last"))
        finish_run(self.run.pk, self.now)
        self.run.refresh_from_db()

    def check(self) -> None:
        """Assert what must hold after every step."""
        spent, reserved = self.run.spent_usd().quantize(CENT_OF_A_CENT), self.reserved_usd()
        assert spent == total(self.run.results.aggregate(total=Sum("charged_usd")))
        assert spent == total(DailySpend.objects.aggregate(total=Sum("charged_usd")))
        leased = Counter(self.run.results.filter(state=ResultState.LEASED).values_list("lease_owner", flat=True))
        assert len(leased) <= lane_count(self.run)
        assert all(count <= lane_hold(self.run) for count in leased.values())
        if self.run.max_cost_usd is not None:
            assert spent + reserved <= self.run.max_cost_usd + self.overcharge_usd
        if self.run.max_daily_cost_usd is not None:
            today = DailySpend.charged_on(self.now)
            assert today + reserved <= self.run.max_daily_cost_usd + self.overcharge_usd

    def reserved_usd(self) -> Decimal:
        leased: list[CaseResult] = list(self.run.results.filter(state=ResultState.LEASED))
        return sum((result.worst_case_usd for result in leased), Decimal(0))

    def _take(self, lane: str, want: int) -> None:
        claims = claim_cases(self.run, lane, want, self.now, LEASE)
        self.waiting[lane] += claims
        if claims:
            self.overcharge_usd = Decimal(0)

    def _answer(self, step: Answer) -> None:
        if not self.waiting[step.lane]:
            return
        claim = self.waiting[step.lane].pop(0)
        reserve, reply = claim.result.worst_case_usd, step.error
        cost = None if step.cost_factor is None else (reserve * step.cost_factor).quantize(CENT_OF_A_CENT)
        if reply is None:
            self.overcharge_usd += max(Decimal(0), (cost or Decimal(0)) - reserve)
            answered = Answered(claim, Reply(step.content, latency_ms=5, cost_usd=cost))
        else:
            answered = Answered(claim, reply)
        record_results(self.run, step.lane, [answered], self.now)


def total(row: dict[str, Decimal | None]) -> Decimal:
    """Return a sum that the database made, to 10 digits: SQLite adds floats."""
    return (row["total"] or Decimal(0)).quantize(CENT_OF_A_CENT)
