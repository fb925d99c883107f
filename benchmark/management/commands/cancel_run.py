"""manage.py cancel_run: stop the run that is running. Nothing more is sent; calls in flight end and are charged."""

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from benchmark.management.report import ReportCommand
from benchmark.management.run_report import describe_run, run_as_data
from benchmark.models.run import Run, RunState
from benchmark.pipeline.finish_run import cancel_run


class Command(ReportCommand):
    help = "Stop the run that is running. Nothing more is sent; calls in flight end and are charged."

    def carry_out(self, **options: Any) -> dict[str, Any]:
        run = Run.objects.filter(state=RunState.RUNNING).first()
        if run is None or not cancel_run(run.pk, timezone.now(), "the command line"):
            raise CommandError("No run is running.")
        run.refresh_from_db()
        return run_as_data(run) | {"exit_code": 0}

    def describe(self, result: dict[str, Any]) -> str:
        return describe_run(result)
