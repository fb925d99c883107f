"""json_equal: the first balanced JSON value in the answer equals the value.

Key order and the spelling of a number (1 or 1.0) do not matter; types do (true is not 1).
"""

import json
from itertools import islice
from typing import Any, Final

from benchmark.domain.golden_case import JsonEqualCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import unwrap

# An honest answer opens with its value; each try costs time, and an answer of brackets alone has 20,000.
MAX_TRIES: Final = 500


def grade(check: JsonEqualCheck, answer: str) -> Grade:
    text = unwrap(answer)
    try:
        found, source = _first_value(text)
    except (ValueError, RecursionError):
        return Grade.of(False, text, "holds no JSON value")
    passed = _same(found, json.loads(check.value))
    return Grade.of(passed, source, "equals the expected JSON" if passed else "differs from the expected JSON")


def _first_value(text: str) -> tuple[Any, str]:
    """Return the first object or array in `text`, or the whole text as a scalar, with its source.

    Raises ValueError; RecursionError when brackets are nested too deeply to be an answer.
    """
    decoder = json.JSONDecoder(parse_constant=_refuse)
    openings = (position for position, character in enumerate(text) if character in "{[")
    for position in islice(openings, MAX_TRIES):
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            continue
        return value, text[position:end]
    return decoder.decode(text), text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)
