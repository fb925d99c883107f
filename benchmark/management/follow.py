"""Follows a run to its end, with a progress bar for people."""

import time
from typing import Final

from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autorouting.embedded_redis import embedded_redis
from benchmark.management.processes import worker
from benchmark.models import progress as live
from benchmark.models.run import Run
from benchmark.pipeline.tend_runs import tend_runs

POLL_S: Final = 0.3
TEND_EVERY_S: Final = 10.0


def follow_run(run: Run, *, show: bool) -> Run:
    """Wait until the run has ended and return it as it is then.

    Works with the workers of other processes, or starts one (and the bundled Redis) where none answers.
    """
    if run.is_running:
        with embedded_redis(), worker():
            tend_runs(timezone.now())
            _watch(run, show=show)
    run.refresh_from_db()
    return run


def _watch(run: Run, *, show: bool) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not show) as bar:
        task = bar.add_task(f"Run {run.pk}", total=None, note="")
        tended = time.monotonic()
        while run.is_running:
            now = live.load_progress(run, timezone.now())
            bar.update(task, completed=now.done, total=now.total, note=_note(now))
            time.sleep(POLL_S)
            if time.monotonic() - tended > TEND_EVERY_S:
                tended = time.monotonic()
                tend_runs(timezone.now())
            run.refresh_from_db()
        end = live.load_progress(run, timezone.now())
        bar.update(task, completed=end.done, total=end.total, note=_note(end))


def _note(now: live.Progress) -> str:
    cap = f" of ${now.max_cost_usd:.2f}" if now.max_cost_usd is not None else ""
    left = f", {now.seconds_left:.0f} s left" if now.seconds_left is not None else ""
    return f"${now.spent_usd:.4f}{cap}, {now.in_flight} in flight{left}"
