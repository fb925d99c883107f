"""What Celery runs. Each task is one call of the pipeline."""

from celery import shared_task
from django.utils import timezone

from benchmark.pipeline import measure as measure_stage
from benchmark.pipeline import prune as prune_stage
from benchmark.pipeline.sync_deciders import sync_deciders
from benchmark.pipeline.tend_runs import tend_runs


@shared_task
def sync(trigger: str = "scheduled") -> None:
    """Sync the deciders and start a run if one is due."""
    sync_deciders(now=timezone.now(), trigger=trigger)


@shared_task
def measure(run_id: int) -> None:
    """Work on the run as one lane."""
    measure_stage.measure(run_id)


@shared_task
def tend() -> None:
    """Make good what a lost message or a crash left undone."""
    tend_runs(timezone.now())


@shared_task
def prune() -> None:
    """Drop what is old and what nothing rests on any more."""
    prune_stage.prune(timezone.now())
