"""What holds for every check: blank and very long answers, and answers made to hurt."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.golden_case import (
    Check,
    ContainsAllCheck,
    ExactCheck,
    JsonEqualCheck,
    NumericCheck,
    RegexCheck,
    right_answer,
)
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import MAX_ANSWER_CHARACTERS, grade_answer
from tests.test_project import ROOT

CHECKS: list[Check] = [
    ExactCheck("a b"),
    ContainsAllCheck(("a", "b"), absent=("c",)),
    RegexCheck(r"\w+ b", "a b"),
    JsonEqualCheck('{"a": "b"}'),
    NumericCheck(Decimal(7)),
]

each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.kind))

# Grades a right and many a hostile answer of 20,000 characters by each golden check and by one check of each kind.
HOSTILE = """
from benchmark.golden.loader import golden_set
from benchmark.grading.grade_case import grade_answer
from benchmark.domain.golden_case import right_answer
from tests.grading.test_grade_case import CHECKS

N = 20_000
PIECES = ["\\n", " ", " \\n", "\\t", "a", "a ", "0", "1,111", "1.1", "1e", "-", "(", "\\\\", "/a"]
PIECES += ["[", "{", '{"a":', "[1,", '["', '"', "`", "*", "```\\n"]
shared = [(piece * N)[: N - 1] + "!" for piece in PIECES]
for text in shared:
    for check in CHECKS:
        grade_answer(check, text)
for case in golden_set().cases:
    answer = right_answer(case.check)
    texts = [(answer * N)[:N], answer + " " * (N - len(answer) - 1) + "!", (answer[:1] * N)[:N], (answer[:-1] * N)[:N]]
    for text in texts + (shared if case.check.kind == "regex" else []):
        grade_answer(case.check, text[:-1] + "!")
"""


@each_check
@pytest.mark.parametrize("answer", ["", " ", "\n\t\r\n", "\u3000\u2028"])
def test_a_blank_answer_is_no_answer(check: Check, answer: str) -> None:
    assert grade_answer(check, answer).verdict is Verdict.NO_ANSWER


@each_check
def test_the_right_answer_passes_and_is_explained(check: Check) -> None:
    grade = grade_answer(check, right_answer(check))

    assert grade.verdict is Verdict.CORRECT
    assert grade.extracted
    assert grade.explanation


@each_check
def test_empty_fences_are_a_wrong_answer(check: Check) -> None:
    assert grade_answer(check, "```\n```").verdict is Verdict.INCORRECT


@each_check
def test_a_very_long_answer_is_graded_by_its_end(check: Check) -> None:
    grade = grade_answer(check, "x" * (2 * MAX_ANSWER_CHARACTERS) + "\n\n" + right_answer(check))

    assert grade.verdict is Verdict.CORRECT


@each_check
@given(answer=st.text())
def test_no_text_makes_a_check_fail_with_an_error(check: Check, answer: str) -> None:
    grade = grade_answer(check, answer)

    assert grade.verdict in (Verdict.CORRECT, Verdict.INCORRECT, Verdict.NO_ANSWER)
    assert len(grade.extracted) <= 500
    assert len(grade.explanation) <= 500


def test_no_check_of_the_golden_set_can_be_made_slow() -> None:
    subprocess.run([sys.executable, "-c", HOSTILE], cwd=ROOT, check=True, timeout=60)
