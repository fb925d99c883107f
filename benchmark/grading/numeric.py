"""numeric: the one number in the answer's last non-empty line lies within the tolerance of the value.

A line with two numbers is no answer: listing the options must not pay.
"""

import re
from decimal import Decimal
from typing import Final

from benchmark.domain.golden_case import NumericCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import last_line

# Possessive quantifiers, since a number that ends too early is never the one meant, and looking for it takes long.
_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})++|\d++)?(?:\.\d++|(?<=\d))(?:[eE][-+]?\d{1,3})?(?!\w*\d)")

MAX_LINE_CHARACTERS: Final = 2_000


def grade(check: NumericCheck, answer: str) -> Grade:
    line = last_line(answer)
    if len(line) > MAX_LINE_CHARACTERS:
        return Grade.of(False, line, f"the last line is over {MAX_LINE_CHARACTERS:,} characters long")
    numbers = _NUMBER.findall(line)
    if len(numbers) != 1:
        return Grade.of(False, line, f"the last line holds {len(numbers)} numbers, not one")
    number = Decimal(numbers[0].replace(",", "").replace("−", "-"))
    passed = abs(number - check.value) <= check.tolerance
    return Grade.of(
        passed, numbers[0], f"{'within' if passed else 'not within'} {check.tolerance} of the expected number"
    )
