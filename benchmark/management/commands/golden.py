"""manage.py golden [CASE_ID]: show the golden set or one of its cases, and verify their answers."""

import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from benchmark.domain.golden_case import Difficulty, GoldenCase, GoldenSet
from benchmark.golden.loader import CASES_DIR, load_golden_set
from benchmark.golden.verification import State, Verification, verify
from benchmark.management.report import BAD_USAGE, FAILED, ReportCommand


class Command(ReportCommand):
    help = "Show the golden set, or one case in full; --verify derives every answer anew and checks it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("case_id", nargs="?", metavar="CASE_ID", help="Show this case in full.")
        parser.add_argument("--verify", action="store_true", help="Run the proofs and grade what they derive.")
        parser.add_argument("--folder", type=Path, default=CASES_DIR, help="Read the cases from another folder.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        golden_set = load_golden_set(options["folder"])
        if options["case_id"] is None:
            cases, result = golden_set.cases, _overview(golden_set)
        else:
            case = _find(golden_set, options["case_id"])
            cases, result = (case,), _in_full(case)
        return result | (_verified(verify(cases)) if options["verify"] else {})

    def describe(self, result: dict[str, Any]) -> str:
        shown = _describe_case(result) if "prompt" in result else _describe_set(result)
        return f"{shown}\n\n{_describe_verification(result)}" if "verification" in result else shown


def _overview(golden_set: GoldenSet) -> dict[str, Any]:
    return {
        "digest": golden_set.digest,
        "cases": len(golden_set.cases),
        "difficulties": _by_difficulty(golden_set.cases),
        "checks": dict(Counter(case.check.kind for case in golden_set.cases).most_common()),
        "routes": {route: _by_difficulty(cases) for route, cases in golden_set.by_route().items()},
    }


def _by_difficulty(cases: Iterable[GoldenCase]) -> dict[str, int]:
    counts = Counter(case.difficulty for case in cases)
    return {str(level): counts[level] for level in Difficulty}


def _find(golden_set: GoldenSet, case_id: str) -> GoldenCase:
    by_id = golden_set.by_id()
    if case_id not in by_id:
        near = get_close_matches(case_id[:100], by_id, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise CommandError(f"No case is named {case_id[:100]!r}.{hint}", returncode=BAD_USAGE)
    return by_id[case_id]


def _in_full(case: GoldenCase) -> dict[str, Any]:
    proof = asdict(case.proof) if case.proof else None
    return {**case.measured_fields(), "difficulty": str(case.difficulty), "title": case.title, "proof": proof}


def _verified(verifications: Iterable[Verification]) -> dict[str, Any]:
    done = list(verifications)
    told: dict[str, Any] = {
        str(state): {v.case_id: v.detail for v in done if v.state is state} for state in (State.FAILED, State.SKIPPED)
    }
    told["proven"] = sum(v.state is State.PROVEN for v in done)
    return {"verification": told, "exit_code": FAILED if told["failed"] else 0}


def _describe_set(result: dict[str, Any]) -> str:
    table = Table("route", *Difficulty, box=None)
    for route, counts in result["routes"].items():
        table.add_row(route, *(str(count) for count in counts.values()))
    console = Console(width=100)
    with console.capture() as captured:
        console.print(table)
    checks = ", ".join(f"{count} {kind}" for kind, count in result["checks"].items())
    return f"{result['cases']} cases, digest {result['digest']}\nChecks: {checks}\n\n{captured.get().rstrip()}"


def _describe_case(result: dict[str, Any]) -> str:
    check = "\n".join(f"  {name}: {value}" for name, value in result["check"].items())
    proof = result["proof"] or {"language": "none", "source": ""}
    return (
        f"{result['id']}: {result['title']}\n"
        f"{result['route']}, {result['difficulty']}; at most {result['max_output_tokens']} output tokens and "
        f"{result['time_limit_s']} s\n\n"
        f"System prompt:\n{textwrap.indent(result['system_prompt'].strip(), '  ')}\n\n"
        f"Prompt:\n{textwrap.indent(result['prompt'].strip(), '  ')}\n\n"
        f"Check:\n{check}\n\n"
        f"Proof ({proof['language']}):\n{textwrap.indent(proof['source'].strip(), '  ')}"
    )


def _describe_verification(result: dict[str, Any]) -> str:
    told = result["verification"]
    lines = [f"{told['proven']} proven, {len(told['failed'])} failed, {len(told['skipped'])} skipped."]
    lines += [f"  {state} {case_id}: {why}" for state in ("failed", "skipped") for case_id, why in told[state].items()]
    return "\n".join(lines)
