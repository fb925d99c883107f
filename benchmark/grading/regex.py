"""regex: the whole answer, or its last non-empty line, matches the pattern from end to end."""

import re

from benchmark.domain.golden_case import RegexCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import last_line, plain, unwrap


def grade(check: RegexCheck, answer: str) -> Grade:
    for text in (plain(unwrap(answer)), last_line(answer)):
        if re.fullmatch(check.pattern, text):
            return Grade.of(True, text, "matches the pattern")
    return Grade.of(False, last_line(answer), "does not match the pattern")
