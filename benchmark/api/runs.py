"""GET /api/runs/{id}: how far a run is."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from benchmark.api.responses import error_answer, json_answer
from benchmark.domain.routing_table import iso_utc
from benchmark.models.progress import Progress, load_progress
from benchmark.models.run import Run


def run_progress(run_id: int) -> HttpResponse:
    """Return the run's state and figures; 404 when there is no such run."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        return error_answer(HTTPStatus.NOT_FOUND, "There is no run of this number.")
    return json_answer(_described(run, load_progress(run, timezone.now())), Cache_Control="private, no-cache")


def _described(run: Run, progress: Progress) -> dict[str, Any]:
    return {
        "id": run.pk,
        "state": run.state,
        "purpose": run.purpose,
        "source": run.source.value,
        "startedAt": iso_utc(run.started_at),
        "progressedAt": iso_utc(run.progressed_at),
        "finishedAt": _time(run.finished_at),
        "reason": run.reason,
        "publication": run.publication,
        "publicationDetail": run.publication_detail,
        "total": progress.total,
        "done": progress.done,
        "inFlight": progress.in_flight,
        "entries": progress.entries,
        "spentUsd": float(progress.spent_usd),
        "maxCostUsd": None if progress.max_cost_usd is None else float(progress.max_cost_usd),
        "perSecond": progress.per_second,
        "secondsLeft": progress.seconds_left,
    }


def _time(moment: datetime | None) -> str | None:
    return iso_utc(moment) if moment else None
