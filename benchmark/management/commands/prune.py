"""manage.py prune: drop what is old and what nothing rests on any more."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from benchmark.management.report import BAD_USAGE, ReportCommand
from benchmark.pipeline.prune import RESULTS_AFTER_DAYS, TEXTS_AFTER_DAYS, prune


class Command(ReportCommand):
    help = "Drop old case texts and case results. Summaries, tables and money figures stay, and all that is live."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--texts-after-days", type=int, default=TEXTS_AFTER_DAYS, metavar="DAYS")
        parser.add_argument("--results-after-days", type=int, default=RESULTS_AFTER_DAYS, metavar="DAYS")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        ages = {name: options[name] for name in ("texts_after_days", "results_after_days")}
        for name, days in ages.items():
            if not 1 <= days <= 36_500:
                raise CommandError(
                    f"--{name.replace('_', '-')}: {days} is not from 1 to 36500 days.", returncode=BAD_USAGE
                )
        return asdict(prune(timezone.now(), **ages))

    def describe(self, result: dict[str, Any]) -> str:
        return f"Dropped the texts of {result['texts']:,} case results, and {result['results']:,} case results."
