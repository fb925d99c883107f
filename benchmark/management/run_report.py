"""A run as the commands report it."""

from typing import Any

from benchmark.management.report import FAILED
from benchmark.models.run import Run, RunState


def run_as_data(run: Run) -> dict[str, Any]:
    """Return the run as it is now, with the exit code that its state means."""
    return {
        "run_id": run.pk,
        "state": run.state,
        "reason": run.reason,
        "publication": run.publication,
        "publication_detail": run.publication_detail,
        "spent_usd": float(run.spent_usd()),
        "entries": [
            {
                "model": entry.model,
                "reasoning_effort": entry.reasoning_effort,
                "state": entry.state,
                "reason": entry.reason,
            }
            for entry in run.entries.all()
        ],
        "exit_code": FAILED if run.state in (RunState.FAILED, RunState.CANCELLED) else 0,
    }


def describe_run(result: dict[str, Any]) -> str:
    lines = [
        f"Run {result['run_id']}: {result['state']}, ${result['spent_usd']:.4f} spent. {result['reason']}".rstrip()
    ]
    for entry in result["entries"]:
        effort = f" ({entry['reasoning_effort']})" if entry["reasoning_effort"] else ""
        lines.append(f"  {entry['state']:9} {entry['model']}{effort} {entry['reason']}".rstrip())
    if result["publication"]:
        lines.append(f"Table: {result['publication']}. {result['publication_detail']}".rstrip())
    return "\n".join(lines)
