"""A lane: claims cases, keeps its share of calls in flight, records what comes back, until nothing is left to claim.

The calls run on an event loop in a side thread; this thread does all the database work, in plain synchronous code. It claims
a little ahead, twice as many cases as ended since its last turn, so that a call that ends is followed by the next one at
once: the time that the database takes costs none of the calls'.
"""

import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, ResultState, Run
from benchmark.pipeline.claim_cases import Claim, claim_cases, give_back, reclaim_expired, workable
from benchmark.pipeline.finish_run import close_outdated_run, finish_run, settle_entries
from benchmark.pipeline.gateway_runner import configured_runner
from benchmark.pipeline.lane_shares import lane_hold, lane_share
from benchmark.pipeline.record_results import Answered, record_results
from benchmark.pipeline.start_due_run import start_waiting_run
from benchmark.pipeline.wake_lanes import wake_lanes
from benchmark.runners.runner import Question, Runner, RunnerError, TransientError

HAND_OVER_S: Final = 240.0
PATIENCE_S: Final = 20.0
MOMENT_S: Final = 0.005
LONG_MOMENT_S: Final = 0.05


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
    """One lane's state. `owner` is the name on its leases.

    `held` are the results that are in flight or wait to be, each with its entry; `resting` are the entries whose model needs
    a rest since the last turn, and `unasked` their results to give back; `touched` are the entries to settle when nothing of
    them is held any more. `waiting`, `busy` (the calls in flight) and `ahead` (how many waited) belong to the event loop.
    """

    run: Run
    runner: Runner
    clock: Callable[[], datetime]
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    held: dict[int, int] = field(default_factory=dict)
    unasked: set[int] = field(default_factory=set)
    resting: set[int] = field(default_factory=set)
    waiting: deque[Claim] = field(default_factory=deque)
    busy: int = 0
    ahead: int = 0
    tidied: float = field(default_factory=time.monotonic)
    touched: set[int] = field(default_factory=set)
    answers: "queue.SimpleQueue[Answered]" = field(default_factory=queue.SimpleQueue)

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
                    hold = min(lane_share(self.run) + 2 * len(answered), lane_hold(self.run))
                    claims = self._turn(answered, want=0 if leaving else hold - len(self.held))
                    self.held.update((claim.result.pk, claim.entry.pk) for claim in claims)
                    self.unasked = portal.call(self._send, calls, claims)
                    self._let_go(self.unasked)
                    if not self.held and not self.unasked and not self._may_claim_soon(leaving):
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
        known = {*self.held} | {one.claim.result.pk for one in answered}
        give_back(self.run, self.owner, ~Q(pk__in=known))
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
            if self.unasked:
                give_back(self.run, self.owner, Q(pk__in=self.unasked))
            recorded = record_results(self.run, self.owner, answered, now)
            self.touched |= {entry.pk for entry in recorded}
            self.resting = {entry.pk for entry in recorded if entry.bears(now) < entry.call_limit}
            claims = claim_cases(self.run, self.owner, want, now, self.lease)
            if time.monotonic() - self.tidied > self.lease.total_seconds() / 4:
                self._tidy(now)
            if exhausted := self.touched - {*self.held.values(), *(claim.entry.pk for claim in claims)}:
                settle_entries(self.run.entries.filter(pk__in=exhausted), now)
                self.touched -= exhausted
            return claims

    def _tidy(self, now: datetime) -> None:
        """Do what need not be done at every turn: renew leases, and free those of dead lanes."""
        self.tidied = time.monotonic()
        self.run.results.filter(state=ResultState.LEASED, lease_owner=self.owner).update(lease_until=now + self.lease)
        reclaim_expired(self.run, now, self.lease)

    async def _send(self, calls: TaskGroup, claims: list[Claim]) -> set[int]:
        """Send as many of the waiting claims and of `claims` as may be in flight; return those waiting that must not be."""
        may_ask = [claim for claim in self.waiting if self.run.is_running and claim.entry.pk not in self.resting]
        unasked = {claim.result.pk for claim in self.waiting} - {claim.result.pk for claim in may_ask}
        self.waiting = deque([*may_ask, *claims])
        places = min(len(self.waiting), lane_share(self.run) - self.busy)
        for _ in range(places):
            calls.start_soon(self._keep_asking)
        self.busy += places
        self.ahead = len(self.waiting) - places
        return unasked

    async def _keep_asking(self) -> None:
        """Ask one waiting case after another."""
        while self.waiting:
            await self._ask(self.waiting.popleft())
        self.busy -= 1

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
        """Return the answers that come within a moment of the first one; nothing after a while without any.

        The moment is longer while enough cases wait to be asked for no call's place to stay empty during the next turn.
        """
        if not self.held:
            time.sleep(0.25)
            return []
        answered: list[Answered] = []
        with suppress(queue.Empty):
            answered.append(self.answers.get(timeout=min(1.0, settings.LANE_LEASE_SECONDS / 4)))
        deadline = time.monotonic() + LONG_MOMENT_S
        while answered and len(answered) < len(self.held):
            time.sleep(MOMENT_S)  # to wake up for each answer would take the event loop's time
            answered += [self.answers.get() for _ in range(self.answers.qsize())]
            if len(self.waiting) <= self.ahead / 2 or time.monotonic() > deadline:
                break
        self._let_go(one.claim.result.pk for one in answered)
        return answered

    def _let_go(self, results: Iterable[int]) -> None:
        for key in results:
            self.held.pop(key, None)

    def _may_claim_soon(self, leaving: bool) -> bool:
        """Return whether a case that waits for its next try will be ripe within the lane's patience."""
        if leaving or not Run.objects.filter(pk=self.run.pk, state="running").exists():
            return False
        soon = self.clock() + timedelta(seconds=PATIENCE_S)
        leased = self.run.results.filter(state=ResultState.LEASED).exists()
        return not leased and workable(self.run, soon).exists()
