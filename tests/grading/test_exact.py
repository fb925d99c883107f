import pytest

from benchmark.domain.golden_case import ExactCheck
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import grade_answer

CHECK = ExactCheck("cache.Flush(ctx), then Close")

PASSES = {
    "the answer": "cache.Flush(ctx), then Close",
    "space around": "\n\t cache.Flush(ctx), then Close  \n\n",
    "other case": "CACHE.FLUSH(CTX), THEN CLOSE",
    "fenced": "```\ncache.Flush(ctx), then Close\n```",
    "fenced with a language": "```go\ncache.Flush(ctx), then Close\n```\n",
    "fenced with tildes": "~~~\ncache.Flush(ctx), then Close\n~~~",
    "a lead-in line": "Since ctx is shared:\n\ncache.Flush(ctx), then Close",
    "bold": "**cache.Flush(ctx), then Close**",
    "code": "`cache.Flush(ctx), then Close`",
    "bold code": "**`cache.Flush(ctx), then Close`**",
    "Windows line ends": "So:\r\ncache.Flush(ctx), then Close\r\n",
}

FAILS = {
    "one character more": "cache.Flush(ctx), then Close.",
    "one character less": "cache.Flush(ctx), then Clos",
    "inner space": "cache.Flush(ctx),  then Close",
    "on one line with a lead-in": "Answer: cache.Flush(ctx), then Close",
    "followed by more": "cache.Flush(ctx), then Close\nbecause the context ends",
    "quoted": '"cache.Flush(ctx), then Close"',
    "something else": "I do not know.",
}


@pytest.mark.parametrize("answer", PASSES.values(), ids=PASSES)
def test_an_honest_rendering_passes(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS)
def test_anything_else_fails(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT


def test_a_value_of_several_lines_needs_all_of_them_in_order() -> None:
    check = ExactCheck("a  b\nc")

    assert grade_answer(check, "```\nA  b   \nc\n```").verdict is Verdict.CORRECT
    assert grade_answer(check, "c\na  b").verdict is Verdict.INCORRECT
    assert grade_answer(check, "c").verdict is Verdict.INCORRECT


def test_letters_fold_beyond_ascii() -> None:
    assert grade_answer(ExactCheck("Straße"), "STRASSE").verdict is Verdict.CORRECT


def test_the_grade_says_what_was_compared_and_why_it_failed() -> None:
    grade = grade_answer(CHECK, "I think:\n\n`cache.Close`")

    assert grade.extracted == "cache.Close"
    assert grade.explanation == "differs from the expected value"
