"""exact: the whole answer, or its last non-empty line, equals the value.

Case, surrounding space, code fences and Markdown emphasis do not matter; everything else does.
"""

from benchmark.domain.golden_case import ExactCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import last_line, plain, unwrap


def grade(check: ExactCheck, answer: str) -> Grade:
    expected = _fold(check.value)
    whole, line = plain(unwrap(answer)), last_line(answer)
    passed = expected in (_fold(whole), _fold(line))
    extracted = whole if _fold(whole) == expected else line
    return Grade.of(passed, extracted, "equals the expected value" if passed else "differs from the expected value")


def _fold(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines()).casefold()
