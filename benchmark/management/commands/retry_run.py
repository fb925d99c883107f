"""manage.py retry_run RUN: ask again what a run's failed entries did not answer."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from benchmark.management.follow import follow_run
from benchmark.management.report import ReportCommand
from benchmark.management.run_report import describe_run, run_as_data
from benchmark.models.run import Run
from benchmark.pipeline.retry_run import retry_run


class Command(ReportCommand):
    help = "Ask again the errored and unsent cases of a run's failed entries, as a new run that carries the rest."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", type=int, metavar="RUN", help="The number of the run with the failed entries.")
        parser.add_argument("--wait", action="store_true", help="Follow the new run to its end.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        failed = Run.objects.filter(pk=options["run"]).first()
        if failed is None:
            raise CommandError(f"There is no run {options['run']}.")
        run = retry_run(failed, now=timezone.now())
        return run_as_data(follow_run(run, show=not options["json"]) if options["wait"] else run)

    def describe(self, result: dict[str, Any]) -> str:
        return describe_run(result)
