"""Reads the golden cases from TOML. Each error names the file and the case."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmark.domain.golden_case import GoldenCase, GoldenCaseError, GoldenSet, Proof, parse_check
from benchmark.domain.taxonomy import ROUTES

CASES_DIR: Final = Path(__file__).parent / "cases"


@cache
def golden_set() -> GoldenSet:
    """Return the golden set that ships with the project, read once per process."""
    return load_golden_set(CASES_DIR)


def load_golden_set(folder: Path) -> GoldenSet:
    """Return the set of all `*.toml` cases in `folder`. Raises GoldenCaseError naming file and case."""
    located: dict[str, str] = {}
    cases = []
    for path in sorted(folder.glob("*.toml")):
        for case in load_cases(path):
            if case.id in located:
                raise GoldenCaseError(f"{path.name}: case {case.id}: the id is used in {located[case.id]} already")
            located[case.id] = path.name
            cases.append(case)
    if missing := sorted(set(ROUTES) - {case.route for case in cases}):
        raise GoldenCaseError(f"{folder.name}: no case for {', '.join(missing)}")
    return GoldenSet.of(cases)


def load_cases(path: Path) -> Iterator[GoldenCase]:
    """Yield the cases of one file. Raises GoldenCaseError naming file and case."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GoldenCaseError(f"{path.name}: not TOML: {error}") from None
    entries = document.get("case")
    if set(document) != {"case"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise GoldenCaseError(f"{path.name}: must hold [[case]] tables and nothing else")
    for number, entry in enumerate(entries, start=1):
        try:
            yield _parse_case(dict(entry))
        except GoldenCaseError as error:
            name = str(entry.get("id", f"number {number}"))[:100]
            raise GoldenCaseError(f"{path.name}: case {name}: {error}") from None


def _parse_case(entry: dict[str, Any]) -> GoldenCase:
    check = entry.pop("check", None)
    if not isinstance(check, dict):
        raise GoldenCaseError("check: is missing or not a table")
    if "proof" in entry:
        entry["proof"] = Proof(entry.pop("proof"), entry.pop("proof_language", "python"))
    try:
        return GoldenCase(check=parse_check(check), **entry)
    except TypeError as error:
        raise GoldenCaseError(str(error).partition(") ")[2] or str(error)) from None
