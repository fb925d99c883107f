"""json_equal: the first balanced JSON value in the answer equals the value.

Key order and the spelling of a number (1 or 1.0) do not matter; types do (true is not 1).
"""

import json
from typing import Any

from benchmark.domain.golden_case import JsonEqualCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import unwrap


def grade(check: JsonEqualCheck, answer: str) -> Grade:
    text = unwrap(answer)
    try:
        found = _first_value(text)
    except ValueError:
        return Grade.of(False, text, "holds no JSON value")
    passed = _same(found, json.loads(check.value))
    return Grade.of(
        passed, json.dumps(found), "equals the expected JSON" if passed else "differs from the expected JSON"
    )


def _first_value(text: str) -> Any:
    """Return the first object or array in `text`, or the whole text as a scalar. Raises ValueError."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    for position, character in enumerate(text):
        if character in "{[":
            try:
                return decoder.raw_decode(text, position)[0]
            except (ValueError, RecursionError):
                continue
    return json.loads(text.strip(), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)
