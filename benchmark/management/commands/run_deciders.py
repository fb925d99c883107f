"""manage.py run_deciders: benchmark the effective set now, whatever is due."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from benchmark.management.follow import follow_run
from benchmark.management.report import ReportCommand
from benchmark.management.run_report import describe_run, run_as_data
from benchmark.models.config import BenchmarkConfig
from benchmark.models.run import RunPurpose
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.start_run import plan_run, start_run


class Command(ReportCommand):
    help = "Start a run of the effective set. What still holds is carried; --force measures everything anew."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--force", action="store_true", help="Measure everything anew.")
        parser.add_argument("--wait", action="store_true", help="Follow the run to its end.")
        parser.add_argument("--estimate", action="store_true", help="Only say what it would cost.")
        parser.add_argument("--yes", action="store_true", help="Start although the worst case could pass a cap.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        if options["estimate"]:
            return _estimate(options["force"])
        run = start_run(
            RunPurpose.FORCED if options["force"] else RunPurpose.MANUAL,
            now=timezone.now(),
            force=options["force"],
            accept_worst_case=options["yes"],
        )
        if options["wait"]:
            run = follow_run(run, show=not options["json"])
        return run_as_data(run)

    def describe(self, result: dict[str, Any]) -> str:
        if "worst_usd" in result:
            lines = [
                f"{result['calls']} calls: about ${result['median_usd']:.2f}, in the worst case ${result['worst_usd']:.2f}."
                f" {result['carried']} models are carried."
            ]
            lines += [f"  unpriced, counted at the reserve: {model}" for model in result["unpriced"]]
            return "\n".join(lines)
        return describe_run(result)


def _estimate(force: bool) -> dict[str, Any]:
    plan = plan_run(BenchmarkConfig.load(), current_identity(), force=force)
    return {
        "calls": plan.estimate.calls,
        "median_usd": float(plan.estimate.median_usd),
        "worst_usd": float(plan.estimate.worst_usd),
        "unpriced": list(plan.estimate.unpriced),
        "carried": sum(plan.source_of(entry) is not None for entry in plan.entries),
    }
