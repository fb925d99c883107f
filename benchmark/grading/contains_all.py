"""contains_all: every value stands in the answer as a whole word, and no absent value does.

Case does not matter. A value is whole when no letter, digit or underscore touches it.
"""

import re

from benchmark.domain.golden_case import ContainsAllCheck
from benchmark.domain.outcome import Grade
from benchmark.grading.answer_text import unwrap


def grade(check: ContainsAllCheck, answer: str) -> Grade:
    text = unwrap(answer)
    folded = text.casefold()
    missing = [value for value in check.values if not _stands_in(value, folded)]
    present = [value for value in check.absent if _stands_in(value, folded)]
    return Grade.of(not missing and not present, text, _explain(missing, present))


def _stands_in(value: str, folded: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", folded) is not None


def _explain(missing: list[str], present: list[str]) -> str:
    said = [f"lacks {', '.join(missing)}"] if missing else []
    said += [f"names {', '.join(present)}"] if present else []
    return "; ".join(said) or "contains all values"
