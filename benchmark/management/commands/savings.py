"""manage.py savings: what a table's routing costs and gets right, beside each single model used for everything."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmark.domain.routing_table import Source, candidates_by_route
from benchmark.domain.savings import MixError, savings
from benchmark.domain.taxonomy import ROUTES
from benchmark.management.report import BAD_USAGE, ReportCommand
from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RoutingTable

MAX_DAYS: Final = 3650


class Command(ReportCommand):
    help = (
        "Show the cost per 1,000 requests under a table, and its accuracy, beside each single model of the set. "
        "The formula stands at the top of benchmark/domain/savings.py."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--table", metavar="VERSION", help="The table; without it, the live one.")
        mix = parser.add_mutually_exclusive_group()
        mix.add_argument("--recorded", action="store_true", help="Weigh routes as routers asked about them.")
        mix.add_argument(
            "--share",
            metavar="ROUTE=N",
            action="append",
            default=[],
            help="Weigh this route by N, and those not given by 0. Without a mix, all routes weigh the same.",
        )
        parser.add_argument("--days", type=int, default=30, help="How far back --recorded looks (30).")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        table = _table(options["table"])
        mix, weights = _mix(options["recorded"], options["days"], options["share"])
        try:
            found = savings(candidates_by_route(table.content), weights)
        except MixError as error:
            raise CommandError(f"The mix can't be used: {error}.", returncode=BAD_USAGE) from error
        return {"version": table.version, "source": table.source, "mix": mix, **found.to_json()}

    def describe(self, result: dict[str, Any]) -> str:
        head = ("served by", "USD / 1,000", "accuracy (95 % interval)", "USD / 1,000 right", "routing saves")
        shown = Table(*head, box=None)
        for ways in ([result["routed"]], result["models"]):
            for way in ways:
                shown.add_row(*_cells(way))
        console = Console(width=150)
        with console.capture() as captured:
            console.print(shown)
        return f"{captured.get()}\n{_footer(result)}"


def _table(version: str | None) -> RoutingTable:
    table = RoutingTable.objects.filter(version=version).first() if version else RoutingTable.live()
    if table is None:
        raise CommandError(f"There is no table {version}." if version else "No table is live yet.")
    return table


def _mix(recorded: bool, days: int, shares: Sequence[str]) -> tuple[str, Mapping[str, Decimal | int]]:
    """Return the mix in words, and the weight of each of its routes."""
    if shares:
        return "as given", dict(map(_share, shares))
    if not recorded:
        return "all 18 routes alike", dict.fromkeys(ROUTES, 1)
    if not 0 <= days <= MAX_DAYS:
        raise CommandError(f"--days must be 0 to {MAX_DAYS}.", returncode=BAD_USAGE)
    counted = DecisionCount.mix_since(timezone.now().date() - timedelta(days=days))
    if not counted:
        raise CommandError(f"No decision was recorded in the last {days} days: leave --recorded out.")
    return f"{sum(counted.values()):,} decisions of the last {days} days", counted


def _share(text: str) -> tuple[str, Decimal]:
    route, _, weight = text.partition("=")
    try:
        return route, Decimal(weight)
    except InvalidOperation:
        raise CommandError(f"--share {text!r}: give ROUTE=N, e.g. {ROUTES[0]}=3.", returncode=BAD_USAGE) from None


def _cells(way: Mapping[str, Any]) -> tuple[str, ...]:
    accuracy, right, saved = way["accuracy"], way["usd_per_1000_correct"], way.get("saved_share")
    return (
        escape(way["model"] or "the table's routing"),
        f"{way['usd_per_1000']:.4f}",
        f"{accuracy['value']:.1%} ({accuracy['low']:.1%} to {accuracy['high']:.1%})",
        f"{right['value']:.4f} ({right['low']:.4f} to {_limit(right['high'])})" if right else "never right",
        "" if saved is None else f"{saved:.1%}",
    )


def _limit(usd: float | None) -> str:
    return "no limit" if usd is None else f"{usd:.4f}"


def _footer(result: Mapping[str, Any]) -> str:
    lines = [f"Table {result['version']}, weighed by: {result['mix']}. Costs are those of the golden cases."]
    if result["unranked"]:
        lines.append(f"Not ranked on every route of the mix, so not compared: {', '.join(result['unranked'])}.")
    if result["source"] == Source.SIMULATION:
        lines.append("The ANSWERS WERE SIMULATED: this says nothing about the real models.")
    return "\n".join(lines)
