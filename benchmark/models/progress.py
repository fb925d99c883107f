"""A running or ended run in figures: a fixed handful of queries, cheap whatever the number of results."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count

from benchmark.models.run import ResultState, Run


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of results and entries by state. `per_second` and `seconds_left` are None while nothing is known."""

    run_id: int
    state: str
    results: dict[str, int]
    entries: dict[str, int]
    spent_usd: Decimal
    max_cost_usd: Decimal | None
    max_concurrency: int
    per_second: float | None
    seconds_left: float | None

    @property
    def total(self) -> int:
        return sum(self.results.values())

    @property
    def done(self) -> int:
        """Results that nothing will happen to any more."""
        return self.results["done"] + self.results["skipped"]

    @property
    def in_flight(self) -> int:
        """Calls in flight: lanes lease cases a little ahead, and those wait until the run's concurrency lets them."""
        return min(self.results["leased"], self.max_concurrency)

    def to_json(self) -> dict[str, object]:
        cap = None if self.max_cost_usd is None else float(self.max_cost_usd)
        money = {"spent_usd": float(self.spent_usd), "max_cost_usd": cap}
        return asdict(self) | money | {"total": self.total, "done": self.done, "in_flight": self.in_flight}


def load_progress(run: Run, now: datetime) -> Progress:
    """Return the run's progress."""
    results = dict.fromkeys(ResultState.values, 0)
    results |= dict(run.results.order_by().values_list("state").annotate(Count("pk")))
    entries = dict(run.entries.order_by().values_list("state").annotate(Count("pk")))
    elapsed = ((run.finished_at or now) - run.started_at).total_seconds()
    rate = results["done"] / elapsed if elapsed > 0 and results["done"] else None
    left = results["pending"] + results["leased"]
    return Progress(
        run_id=run.pk,
        state=run.state,
        results=results,
        entries=entries,
        spent_usd=run.spent_usd(),
        max_cost_usd=run.max_cost_usd,
        max_concurrency=run.max_concurrency,
        per_second=rate,
        seconds_left=left / rate if rate and run.is_running else None,
    )
