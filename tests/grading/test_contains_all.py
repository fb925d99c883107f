import pytest

from benchmark.domain.golden_case import ContainsAllCheck
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import grade_answer

CHECK = ContainsAllCheck(("T2", "src/a.py", "x-1"), absent=("T1", "src/b.py"))

PASSES = {
    "the values": "T2, src/a.py, x-1",
    "other order and case": "X-1\nSRC/A.PY\nt2",
    "a list": "- `T2`\n- **src/a.py**\n- (x-1).",
    "fenced": "```\nT2 src/a.py x-1\n```",
    "a sentence": "Touch src/a.py; that kills T2 and x-1.",
    "a longer word beside": "T2, src/a.py, x-1, T11",
}

FAILS = {
    "one is missing": "T2, src/a.py",
    "only part of a word": "T22, src/a.py, x-1",
    "only the end of a word": "XT2, src/a.py, x-1",
    "an absent one is named": "T2, src/a.py, x-1, T1",
    "an absent one in other case": "T2, src/a.py, x-1; not SRC/B.PY",
    "a value inside another path": "T2, src/a.pyc, x-1",
    "all options": "T1 T2 src/a.py src/b.py x-1",
}


@pytest.mark.parametrize("answer", PASSES.values(), ids=PASSES)
def test_an_honest_rendering_passes(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS)
def test_anything_else_fails(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT


def test_values_are_text_not_patterns() -> None:
    assert grade_answer(ContainsAllCheck(("a.c",)), "abc").verdict is Verdict.INCORRECT
    assert grade_answer(ContainsAllCheck(("f(x)[0]",)), "it is f(x)[0]").verdict is Verdict.CORRECT


def test_the_grade_says_which_are_missing_and_which_should_not_be_there() -> None:
    grade = grade_answer(CHECK, "T1 and T2")

    assert grade.explanation == "lacks src/a.py, x-1; names T1"
