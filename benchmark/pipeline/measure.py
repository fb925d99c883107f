"""A lane: claims cases, keeps its share of calls in flight, records what comes back, until nothing is left to claim.

The calls run on an event loop in a side thread; this thread does all the database work, in plain synchronous code.
"""

import queue
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, ResultState, Run
from benchmark.pipeline.claim_cases import Claim, claim_cases, reclaim_expired, workable
from benchmark.pipeline.finish_run import close_outdated_run, finish_run, settle_entries
from benchmark.pipeline.gateway_runner import configured_runner
from benchmark.pipeline.record_results import Answered, record_results
from benchmark.pipeline.start_due_run import start_waiting_run
from benchmark.pipeline.wake_lanes import lane_share, wake_lanes
from benchmark.runners.runner import Question, Runner, RunnerError, TransientError

HAND_OVER_S: Final = 240.0
PATIENCE_S: Final = 20.0
GATHER_S: Final = 0.005


def measure(run_id: int, *, runner: Runner | None = None, clock: Callable[[], datetime] = timezone.now) -> None:
    """Work on the run as one lane, then finish it if nothing is left. Raises NotConfigured."""
    run = Run.objects.get(pk=run_id)
    if run.golden_digest != golden_set().digest:
        close_outdated_run(run_id, clock())
    elif run.is_running:
        Lane(run, runner or configured_runner(), clock).work()
    if finish_run(run_id, clock()):
        start_waiting_run(clock())


@dataclass(slots=True)
class Lane:
    """One lane's state. `owner` is the name on its leases."""

    run: Run
    runner: Runner
    clock: Callable[[], datetime]
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    asked: set[int] = field(default_factory=set)
    tidied: float = field(default_factory=time.monotonic)
    touched: set[int] = field(default_factory=set)
    answers: "queue.SimpleQueue[Answered]" = field(default_factory=queue.SimpleQueue)

    @property
    def in_flight(self) -> int:
        return len(self.asked)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=settings.LANE_LEASE_SECONDS)

    def work(self) -> None:
        """Claim, ask and record until nothing can be claimed, or it is time to hand over to a fresh task."""
        started = time.monotonic()
        with (
            anyio.from_thread.start_blocking_portal() as portal,
            portal.wrap_async_context_manager(portal.call(anyio.create_task_group)) as calls,
        ):
            try:
                answered: list[Answered] = []
                while True:
                    leaving = time.monotonic() - started > HAND_OVER_S
                    claims = self._turn(answered, want=0 if leaving else lane_share(self.run) - self.in_flight)
                    self.asked.update(claim.result.pk for claim in claims)
                    if claims:
                        portal.call(self._send, calls, claims)
                    if not self.in_flight and not self._may_claim_soon(leaving):
                        break
                    answered = self._gather()
            finally:
                portal.call(self.runner.aclose)
        if leaving:
            wake_lanes(self.run, 1)

    def _turn(self, answered: list[Answered], want: int) -> list[Claim]:
        """Take a turn; if the database hangs up, try again for the length of a lease: the answers were paid for."""
        deadline = time.monotonic() + self.lease.total_seconds()
        hung_up = False
        while True:
            try:
                return self._record_and_claim(self._as_stored(answered) if hung_up else answered, want)
            except (OperationalError, InterfaceError):
                if time.monotonic() > deadline:
                    raise
                hung_up = True
                connection.close()
                time.sleep(min(1.0, self.lease.total_seconds() / 10))

    def _as_stored(self, answered: list[Answered]) -> list[Answered]:
        """Return `answered` with their rows as the database has them, and give back what the lost turn claimed.

        Nobody knows whether it was committed: a case that this lane holds but never asked would wait for ever.
        """
        known = self.asked | {one.claim.result.pk for one in answered}
        unknown = self.run.results.filter(state=ResultState.LEASED, lease_owner=self.owner).exclude(pk__in=known)
        unknown.update(state=ResultState.PENDING, lease_owner="", lease_until=None, tries=F("tries") - 1)
        rows = CaseResult.objects.in_bulk([one.claim.result.pk for one in answered])
        return [
            Answered(replace(one.claim, result=row), one.reply)
            for one in answered
            if (row := rows.get(one.claim.result.pk)) is not None and row.tries == one.claim.result.tries
        ]

    def _record_and_claim(self, answered: list[Answered], want: int) -> list[Claim]:
        """Record and claim in one transaction under the run's lock; return the claims."""
        now = self.clock()
        with transaction.atomic():
            self.run = Run.objects.select_for_update().get(pk=self.run.pk)
            self.touched |= record_results(self.run, self.owner, answered, now)
            claims = claim_cases(self.run, self.owner, want, now, self.lease)
            if len(claims) < want or time.monotonic() - self.tidied > self.lease.total_seconds() / 4:
                self._tidy(now)
            return claims

    def _tidy(self, now: datetime) -> None:
        """Do what need not be done at every turn: renew leases, free those of dead lanes, settle entries that are done."""
        self.tidied = time.monotonic()
        self.run.results.filter(state=ResultState.LEASED, lease_owner=self.owner).update(lease_until=now + self.lease)
        reclaim_expired(self.run, now, self.lease)
        settle_entries(self.run.entries.filter(pk__in=self.touched), now)
        self.touched.clear()

    async def _send(self, calls: TaskGroup, claims: list[Claim]) -> None:
        for claim in claims:
            calls.start_soon(self._ask, claim)

    async def _ask(self, claim: Claim) -> None:
        """Put the reply, or the error, on the queue; nothing else may come out of it."""
        question = Question(
            model=claim.entry.model,
            reasoning_effort=claim.entry.reasoning_effort,
            system_prompt=claim.case.system_prompt,
            prompt=claim.case.prompt,
            max_output_tokens=claim.case.max_output_tokens,
            time_limit_s=claim.case.time_limit_s,
        )
        try:
            self.answers.put(Answered(claim, await self.runner.ask(question)))
        except RunnerError as error:
            self.answers.put(Answered(claim, error))
        except Exception as error:
            self.answers.put(Answered(claim, TransientError(f"unexpected {type(error).__name__}", maybe_billed=True)))

    def _gather(self) -> list[Answered]:
        """Return the answers that come within a moment of the first one; nothing after a while without any."""
        answered: list[Answered] = []
        deadline = time.monotonic() + min(1.0, settings.LANE_LEASE_SECONDS / 4)
        while len(answered) < self.in_flight and (left := deadline - time.monotonic()) > 0:
            try:
                answered.append(self.answers.get(timeout=left))
            except queue.Empty:
                break
            if len(answered) == 1:
                deadline = time.monotonic() + GATHER_S
        if not self.in_flight:
            time.sleep(0.25)
        self.asked.difference_update(one.claim.result.pk for one in answered)
        return answered

    def _may_claim_soon(self, leaving: bool) -> bool:
        """Return whether a case that waits for its next try will be ripe within the lane's patience."""
        if leaving or not Run.objects.filter(pk=self.run.pk, state="running").exists():
            return False
        soon = self.clock() + timedelta(seconds=PATIENCE_S)
        leased = self.run.results.filter(state=ResultState.LEASED).exists()
        return not leased and workable(self.run, soon).exists()
