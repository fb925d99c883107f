"""manage.py show_table: the live routing table."""

from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from benchmark.domain.routing_table import Source
from benchmark.management.report import ReportCommand
from benchmark.models.routing_table import RoutingTable


class Command(ReportCommand):
    help = "Show the live routing table: per route the best model, its accuracy with the 95 % interval, and its cost."

    def carry_out(self, **options: Any) -> dict[str, Any]:
        live = RoutingTable.live()
        if live is None:
            raise CommandError("No table is live yet: sync, and let a run complete, first.")
        content: dict[str, Any] = live.content
        return content

    def describe(self, result: dict[str, Any]) -> str:
        table = Table("route", "best model", "accuracy (95 % interval)", "USD / case", "good enough", box=None)
        for route, candidates in result["routes"].items():
            best = candidates[0]
            interval = f"{best['accuracy']:.0%} ({best['accuracyLow']:.0%} to {best['accuracyHigh']:.0%})"
            effort = f" ({best['reasoningEffort']})" if best["reasoningEffort"] else ""
            enough = f"{sum(c['meetsThreshold'] for c in candidates)} of {len(candidates)}"
            table.add_row(route, f"{best['model']}{effort}", interval, f"{best['avgCostUsd']:.6f}", enough)
        console = Console(width=150)
        with console.capture() as captured:
            console.print(table)
        return f"{captured.get()}\n{_footer(result)}"


def _footer(result: dict[str, Any]) -> str:
    text = f"Table {result['version']} of run {result['runId']}, {result['generatedAt']}, source: {result['source']}."
    if result["source"] == Source.SIMULATION:
        text += "\nThe ANSWERS WERE SIMULATED: this table says nothing about the real models."
    return text
