"""manage.py import_catalogue [PATH|URL]: read a cost feed into the catalogue."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from benchmark.management.report import BAD_USAGE, ReportCommand
from benchmark.models.catalogue import CatalogueImport
from benchmark.pipeline.import_catalogue import import_file, import_url


class Command(ReportCommand):
    help = "Read a cost feed, from a file, a URL or COST_FEED_URL, into the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("feed", nargs="?", metavar="PATH|URL", help="By default COST_FEED_URL.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        feed = options["feed"] or settings.COST_FEED_URL
        if not feed:
            raise CommandError("Name a file or URL, or set COST_FEED_URL.", returncode=BAD_USAGE)
        now = timezone.now()
        if feed.startswith(("http://", "https://")):
            return _as_data(import_url(feed, now=now))
        return _as_data(import_file(Path(feed), now=now))

    def describe(self, result: dict[str, Any]) -> str:
        lines = [
            f"{result['seen']} models seen in {result['source']}: {result['new']} new, {result['changed']} changed, "
            f"{result['retired']} retired, {result['rejected']} rejected."
        ]
        lines += [f"  rejected {rejection['id']}: {rejection['reason']}" for rejection in result["rejections"][:20]]
        lines += [f"  dropped {count} malformed {name}" for name, count in result["dropped_fields"].items()]
        return "\n".join(lines)


def _as_data(record: CatalogueImport) -> dict[str, Any]:
    names = ("source", "seen", "new", "changed", "retired", "rejected", "rejections", "dropped_fields")
    return {"id": record.pk, **{name: getattr(record, name) for name in names}}
