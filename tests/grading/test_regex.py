import pytest

from benchmark.domain.golden_case import RegexCheck
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import grade_answer

CHECK = RegexCheck(r"(?i)[a-f0-9]{4} *-> *merged", "09af -> merged")

PASSES = {
    "the example": "09af -> merged",
    "another match": "BEEF->Merged",
    "fenced": "```text\n09af -> merged\n```",
    "a lead-in line": "The branch ends so:\n09af  ->  merged",
    "bold": "**09af -> merged**",
}

FAILS = {
    "a match with text after it": "09af -> merged, then pushed",
    "a match with text before it": "it is 09af -> merged",
    "a match that is not on the last line": "09af -> merged\nor so",
    "a match over two lines": "09af ->\nmerged",
    "the pattern itself": CHECK.pattern,
}


@pytest.mark.parametrize("answer", PASSES.values(), ids=PASSES)
def test_an_honest_rendering_passes(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS)
def test_anything_else_fails(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT
