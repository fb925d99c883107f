"""manage.py sync_deciders [--wait]: what the daily sync does, now."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from benchmark.management.follow import follow_run
from benchmark.management.report import FAILED, ReportCommand
from benchmark.models.run import RunState
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.sync_deciders import sync_deciders


class Command(ReportCommand):
    help = "Read the feed, store the candidates as auto deciders, and start a run if one is due."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--wait", action="store_true", help="Follow the run to its end.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        record = sync_deciders(now=timezone.now(), trigger="command")
        result = _as_data(record)
        if options["wait"] and record.run is not None:
            run = follow_run(record.run, show=not options["json"])
            result |= {"run_state": run.state, "run_reason": run.reason}
        failed = record.outcome == SyncOutcome.FAILED or result.get("run_state") == RunState.FAILED
        return result | {"exit_code": FAILED if failed else 0}

    def describe(self, result: dict[str, Any]) -> str:
        counts = ", ".join(f"{len(result[name])} {name}" for name in ("added", "removed", "kept"))
        lines = [f"Sync {result['id']}: {counts}."]
        match result["outcome"]:
            case SyncOutcome.STARTED:
                lines.append(f"Run {result['run_id']} started ({result['due_reason']}).")
            case outcome:
                lines.append(f"No run started: {outcome}. {result['detail']}".rstrip())
        if "run_state" in result:
            lines.append(f"Run {result['run_id']}: {result['run_state']}. {result['run_reason']}".rstrip())
        return "\n".join(lines)


def _as_data(record: SyncRecord) -> dict[str, Any]:
    names = ("added", "removed", "kept", "outcome", "due_reason", "detail", "run_id")
    return {"id": record.pk, **{name: getattr(record, name) for name in names}}
