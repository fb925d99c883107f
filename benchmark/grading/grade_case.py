"""Grades an answer by its case's own check. Mechanical: never a model, never the network."""

from typing import Final

from benchmark.domain.golden_case import (
    Check,
    ContainsAllCheck,
    ExactCheck,
    JsonEqualCheck,
    NumericCheck,
    RegexCheck,
)
from benchmark.domain.outcome import Grade, Verdict
from benchmark.grading import contains_all, exact, json_equal, numeric, regex

# Raise it with any change that can change a verdict: measurements under another version do not hold.
GRADING_VERSION: Final = "2"

MAX_ANSWER_CHARACTERS: Final = 20_000


def grade_answer(check: Check, answer: str) -> Grade:
    """Return the grade of `answer`. A blank answer is `no_answer`; a very long one is graded by its end."""
    if not answer.strip():
        return Grade(Verdict.NO_ANSWER, "", "the answer is empty")
    answer = answer[-MAX_ANSWER_CHARACTERS:]
    match check:
        case ExactCheck():
            return exact.grade(check, answer)
        case ContainsAllCheck():
            return contains_all.grade(check, answer)
        case RegexCheck():
            return regex.grade(check, answer)
        case JsonEqualCheck():
            return json_equal.grade(check, answer)
        case NumericCheck():
            return numeric.grade(check, answer)
