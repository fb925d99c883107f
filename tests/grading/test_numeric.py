from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.golden_case import NumericCheck
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import grade_answer

CHECK = NumericCheck(Decimal("1234.5"), Decimal("0.05"))

PASSES = {
    "the number": "1234.5",
    "trailing zeros": "1234.500",
    "a sign": "+1234.5",
    "thousands": "1,234.5",
    "an exponent": "1.2345e3",
    "a unit": "1234.5 ms",
    "a unit that touches": "1234.5ms",
    "money": "$1,234.5",
    "a full stop": "1234.5.",
    "bold": "**1234.5**",
    "fenced": "```\n1234.5\n```",
    "a sentence": "The total is 1234.5 milliseconds.",
    "a lead-in with other numbers": "2 workers, 10 jobs each:\n\n1234.5",
    "the lower edge of the tolerance": "1234.45",
    "the upper edge of the tolerance": "1234.55",
    "a name with a digit": "p95 = 1234.5",
}

FAILS = {
    "just below the tolerance": "1234.4499",
    "just above the tolerance": "1234.5501",
    "the other sign": "-1234.5",
    "a minus sign of typography": "−1234.5",
    "two numbers": "1234 or 1234.5",
    "a range": "1234.5-1240",
    "a calculation": "617.25 * 2 = 1234.5",
    "the number on another line": "1234.5\nafter 3 retries",
    "a date": "2024-05-01",
    "a hexadecimal number": "0x4D2",
    "words": "twelve hundred",
    "infinity": "inf",
    "not a number": "NaN",
    "a huge exponent": "1e999",
}


@pytest.mark.parametrize("answer", PASSES.values(), ids=PASSES)
def test_an_honest_rendering_passes(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS)
def test_anything_else_fails(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT


def test_a_negative_value_takes_both_kinds_of_minus() -> None:
    check = NumericCheck(Decimal(-7))

    assert grade_answer(check, "-7").verdict is Verdict.CORRECT
    assert grade_answer(check, "−7").verdict is Verdict.CORRECT
    assert grade_answer(check, "7").verdict is Verdict.INCORRECT


@given(value=st.decimals(-(10**9), 10**9, places=4))
def test_any_number_passes_in_each_of_its_spellings(value: Decimal) -> None:
    check = NumericCheck(value)

    for spelling in (f"{value}", f"{value:,}", f"{value}00", f"answer: {value}."):
        assert grade_answer(check, spelling).verdict is Verdict.CORRECT, spelling


@given(value=st.integers(-(10**9), 10**9), wrong=st.integers(-(10**9), 10**9))
def test_without_a_tolerance_only_the_number_itself_passes(value: int, wrong: int) -> None:
    passed = grade_answer(NumericCheck(Decimal(value)), str(wrong)).verdict is Verdict.CORRECT

    assert passed == (value == wrong)


def test_a_last_line_far_too_long_is_a_wrong_answer() -> None:
    grade = grade_answer(CHECK, "so " * 1000 + "1234.5")

    assert grade.verdict is Verdict.INCORRECT
    assert grade.explanation == "the last line is over 2,000 characters long"
