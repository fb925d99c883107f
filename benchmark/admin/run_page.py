"""What a run's page shows: its entries, and how each of them did on each route."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count
from django.urls import reverse

from benchmark.admin import figures
from benchmark.domain.outcome import GRADED, Verdict
from benchmark.domain.statistics import mean_usd, wilson_interval
from benchmark.domain.taxonomy import ROUTES, SUBTYPES
from benchmark.models.progress import load_progress
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry, RunState
from benchmark.models.summary import RouteSummary

ENTRIES_PER_PAGE: Final = 50
RUN_LABELS: Final = {
    RunState.RUNNING: "info",
    RunState.COMPLETED: "success",
    RunState.FAILED: "danger",
    RunState.CANCELLED: "warning",
}
ENTRY_LABELS: Final = {
    EntryState.MEASURING: "info",
    EntryState.CARRIED: "primary",
    EntryState.READY: "success",
    EntryState.FAILED: "danger",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry on one route. `accuracy` is in whole percents, None where nothing is graded (yet)."""

    route: str
    accuracy: int | None
    title: str
    url: str
    meets: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry in words and figures."""

    entry: RunEntry
    label: str
    done_percent: int
    progress: str
    accuracy: str
    interval: str
    spent: str
    cost_per_case: str
    errored: int
    url: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class _Counts:
    """What came of an entry's cases so far."""

    total: int
    settled: int
    correct: int
    graded: int
    errored: int


def run_context(run: Run, page_number: str, now: datetime) -> dict[str, Any]:
    """Return what the template of a run's page needs; a fixed number of queries."""
    page = Paginator(run.entries.select_related("carried_from"), ENTRIES_PER_PAGE).get_page(page_number)
    entries = list(page.object_list)
    rows = _rows(run, entries)
    return {
        **progress_context(run, now),
        "rows": rows,
        "entry_page": page,
        "has_summaries": any(cell.accuracy is not None for row in rows for cell in row.cells),
        "task_types": [(name.replace("_", " "), len(subtypes)) for name, subtypes in SUBTYPES.items()],
        "subtypes": [route.partition("/")[2].replace("_", " ") for route in ROUTES],
        "min_accuracy": figures.percent(float(run.min_accuracy)),
        "table": RoutingTable.objects.filter(run=run).defer("content").first(),
    }


def progress_context(run: Run, now: datetime) -> dict[str, Any]:
    """Return what the part of the page that refreshes itself needs."""
    progress = load_progress(run, now)
    done, total = progress.done, progress.total
    left = progress.seconds_left
    return {
        "run": run,
        "run_label": RUN_LABELS[RunState(run.state)],
        "progress": progress,
        "done_percent": 100 * done // total if total else (0 if run.is_running else 100),
        "spent": figures.usd(progress.spent_usd),
        "cap": figures.usd(run.max_cost_usd) if run.max_cost_usd is not None else "no cap",
        "spent_percent": _share_of_cap(run, float(progress.spent_usd)),
        "duration": figures.duration((run.finished_at or now) - run.started_at),
        "time_left": figures.duration(None if left is None else timedelta(seconds=left)),
        "entry_counts": {state.value: progress.entries.get(state.value, 0) for state in EntryState},
    }


def _share_of_cap(run: Run, spent_usd: float) -> int:
    return min(100, round(100 * spent_usd / float(run.max_cost_usd))) if run.max_cost_usd else 0


def _rows(run: Run, entries: Sequence[RunEntry]) -> list[EntryRow]:
    counts = _result_counts(entries)
    summaries: dict[int, dict[str, RouteSummary]] = defaultdict(dict)
    for summary in RouteSummary.objects.filter(entry__in=entries):
        summaries[summary.entry_id][summary.route] = summary
    return [_row(run, entry, counts.get(entry.pk), summaries[entry.pk]) for entry in entries]


def _result_counts(entries: Sequence[RunEntry]) -> dict[int, _Counts]:
    rows = (
        CaseResult.objects.filter(entry__in=entries)
        .order_by()
        .values_list("entry_id", "state", "verdict")
        .annotate(Count("pk"))
    )
    by_entry: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for entry_id, state, verdict, number in rows:
        by_entry[entry_id][(state, verdict)] += number
    return {entry_id: _count(counter) for entry_id, counter in by_entry.items()}


def _count(counter: Mapping[tuple[str, str], int]) -> _Counts:
    done = {verdict: number for (state, verdict), number in counter.items() if state == ResultState.DONE}
    return _Counts(
        total=sum(counter.values()),
        settled=sum(done.values()) + sum(n for (state, _), n in counter.items() if state == ResultState.SKIPPED),
        correct=done.get(Verdict.CORRECT, 0),
        graded=sum(done.get(verdict, 0) for verdict in GRADED),
        errored=done.get(Verdict.ERRORED, 0),
    )


def _row(run: Run, entry: RunEntry, counts: _Counts | None, summaries: Mapping[str, RouteSummary]) -> EntryRow:
    counts = counts or _carried_counts(summaries)
    bounds = wilson_interval(counts.correct, counts.graded)
    return EntryRow(
        entry=entry,
        label=ENTRY_LABELS[EntryState(entry.state)],
        done_percent=100 * counts.settled // counts.total if counts.total else 0,
        progress=f"{counts.settled} of {counts.total}" if counts.total else "nothing to ask",
        accuracy=figures.percent(counts.correct / counts.graded) if counts.graded else "",
        interval=figures.interval(*bounds) if bounds else "",
        spent=figures.usd(entry.spent_usd),
        cost_per_case=_cost_per_case(summaries.values()),
        errored=counts.errored,
        url=results_url(entry.carried_from_id or run.pk, entry.model),
        cells=[_cell(run, entry, route, summaries.get(route)) for route in ROUTES],
    )


def _cost_per_case(summaries: Iterable[RouteSummary]) -> str:
    """Return the mean over the routes in USD per case; nothing while a route is not measured or its cost unknown."""
    costs = [summary.avg_cost_usd for summary in summaries]
    mean = mean_usd(costs)
    return "" if mean is None else figures.usd(mean)


def _carried_counts(summaries: Mapping[str, RouteSummary]) -> _Counts:
    """Return the counts of an entry that asked nothing itself: those of the run that measured it, if any did."""
    correct, graded = (sum(getattr(s, name) for s in summaries.values()) for name in ("correct", "graded"))
    errored = sum(summary.errored for summary in summaries.values())
    return _Counts(graded + errored, graded + errored, correct, graded, errored)


def _cell(run: Run, entry: RunEntry, route: str, summary: RouteSummary | None) -> Cell:
    if summary is None or summary.accuracy is None:
        return Cell(route, None, f"{entry} on {route}: nothing graded", "", False)
    title = (
        f"{entry} on {route}: {summary.correct} of {summary.graded} right, "
        f"95 % interval {figures.interval(summary.accuracy_low, summary.accuracy_high)}, "
        f"{figures.usd(summary.avg_cost_usd)} per case"
    )
    for number, word in ((summary.errored, "errored"), (summary.timeouts, "timed out")):
        title += f", {number} {word}" if number else ""
    url = results_url(summary.measured_by_id or run.pk, entry.model, route)
    meets = summary.correct >= run.min_accuracy * summary.graded
    return Cell(route, round(100 * summary.accuracy), title, url, meets)


def results_url(run_id: int, model: str, route: str = "") -> str:
    """Return the list of a model's answers in the run that measured it, on one route or on all."""
    query = {"run__id__exact": run_id, "entry__model__exact": model} | ({"route": route} if route else {})
    return f"{reverse('admin:benchmark_caseresult_changelist')}?{urlencode(query)}"
