"""A published table as CSV: one line per route and rank, each naming the version that it came from."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

COLUMNS: Final = (
    *("version", "generatedAt", "source", "runId", "route", "rank", "model", "reasoningEffort"),
    *("accuracy", "accuracyLow", "accuracyHigh", "avgCostUsd", "cases", "meetsThreshold"),
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def table_csv(content: Mapping[str, Any]) -> str:
    """Return the published table `content` as CSV with a head line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for route, ranked in content["routes"].items():
        for rank, candidate in enumerate(ranked, start=1):
            row = {**content, **candidate, "route": route, "rank": rank}
            writer.writerow([_cell(row[column]) for column in COLUMNS])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return the value for a cell. Text that a spreadsheet would run as a formula is quoted, as OWASP advises."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
