"""The run engine in process: a small started run, a lane that works on it, and runners that misbehave on purpose."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
from django.utils import timezone

from benchmark.golden.loader import golden_set
from benchmark.models.config import BenchmarkConfig
from benchmark.models.run import CaseResult, Run, RunEntry, RunPurpose
from benchmark.models.summary import RouteSummary
from benchmark.pipeline.measure import measure
from benchmark.pipeline.start_run import start_run
from benchmark.runners.runner import Question, Reply, Runner, TimeLimitExceeded
from tests.factories import catalogue_model, manual_decider


def started_run(*models: str, per_route: int = 1, max_concurrency: int = 8) -> Run:
    """Start a run of `models` that asks `per_route` cases of each of the 18 routes."""
    config = BenchmarkConfig.load()
    config.max_concurrency = max_concurrency
    config.save()
    for position, model in enumerate(models):
        catalogue_model(model)
        manual_decider(model, position=position)
    run = start_run(RunPurpose.MANUAL, now=timezone.now())
    seen: Counter[tuple[int, str]] = Counter()
    surplus = []
    for key, *of in run.results.values_list("pk", "entry_id", "route"):
        seen[*of] += 1
        if seen[*of] > per_route:
            surplus.append(key)
    run.results.filter(pk__in=surplus).delete()
    return run


def again(*, of: Run) -> Run:
    """Start another run that measures anew what `of` did."""
    run = start_run(RunPurpose.FORCED, now=timezone.now(), force=True)
    run.results.exclude(case_id__in=of.results.values("case_id")).delete()
    return run


def ended(run: Run) -> Run:
    """Work on the run with one lane after another, as `tend_runs` would wake them, and return it as it is at its end."""
    clock = fast_clock()
    for _ in range(20):
        measure(run.pk, clock=clock)
        run.refresh_from_db()
        if not run.is_running:
            return run
    raise AssertionError(f"{run} goes on for ever")


def prompt_of(result: CaseResult) -> str:
    return golden_set().by_id()[result.case_id].prompt


def fast_clock(factor: float = 100.0) -> Callable[[], datetime]:
    """Return a clock that runs `factor` times as fast, so that pauses between tries are short."""
    start, begun = timezone.now(), time.monotonic()
    return lambda: start + timedelta(seconds=factor * (time.monotonic() - begun))


def entry_of(run: Run, model: str) -> RunEntry:
    return run.entries.get(model=model)


def verdicts_of(entry: RunEntry) -> dict[tuple[str, int], str]:
    """Return the verdict of each (case, repetition) of the entry."""
    rows = CaseResult.objects.filter(entry=entry).values_list("case_id", "repetition", "verdict")
    return {(case_id, repetition): verdict for case_id, repetition, verdict in rows}


def summaries_of(run: Run) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return, per (model, route), all that a disturbance must not change: counts, accuracy and cost."""
    columns = ("entry__model", "route", "correct", "graded", "errored", "accuracy", "avg_cost_usd")
    rows = RouteSummary.objects.filter(run=run).values_list(*columns)
    return {(model, route): tuple(rest) for model, route, *rest in rows}


@dataclass
class Meddled:
    """A runner that meddles with the calls of another one, and notes how many were in flight at each call's start."""

    inner: Runner
    meddle: Callable[[Question], Question]
    identity: str = "meddled"
    is_simulated: bool = True
    in_flight: int = 0
    seen_in_flight: list[int] = field(default_factory=list)

    async def ask(self, question: Question) -> Reply:
        self.in_flight += 1
        self.seen_in_flight.append(self.in_flight)
        try:
            return await self.inner.ask(self.meddle(question))
        finally:
            self.in_flight -= 1

    async def aclose(self) -> None:
        await self.inner.aclose()


def watched(inner: Runner) -> Meddled:
    return Meddled(inner, lambda question: question)


class HangsUntilTheOthersAreDone:
    """A runner whose calls of one model end, at their time limit, only when all `others` calls were answered."""

    identity, is_simulated = "hangs", True

    def __init__(self, inner: Runner, model: str, others: int) -> None:
        self._inner, self._model, self._left = inner, model, others
        self._done: anyio.Event | None = None

    async def ask(self, question: Question) -> Reply:
        self._done = self._done or anyio.Event()
        if question.model == self._model:
            await self._done.wait()
            raise TimeLimitExceeded("no answer within 180 s", maybe_billed=True)
        reply = await self._inner.ask(question)
        self._left -= 1
        if not self._left:
            self._done.set()
        return reply

    async def aclose(self) -> None:
        await self._inner.aclose()
