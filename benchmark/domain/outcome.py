"""What became of one case: a graded answer, or an error that says nothing about the model."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Verdict(StrEnum):
    CORRECT = "correct"
    INCORRECT = "incorrect"
    NO_ANSWER = "no_answer"
    ERRORED = "errored"


GRADED = frozenset({Verdict.CORRECT, Verdict.INCORRECT, Verdict.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Grade:
    """A verdict, the part of the answer that was compared, and why it passed or failed."""

    verdict: Verdict
    extracted: str
    explanation: str

    @classmethod
    def of(cls, passed: bool, extracted: str, explanation: str) -> "Grade":
        return cls(Verdict.CORRECT if passed else Verdict.INCORRECT, extracted[:500], explanation[:500])


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case's result as the summary needs it. `cost_usd` is None when nobody knows it."""

    route: str
    verdict: Verdict
    timed_out: bool
    cost_usd: Decimal | None
    latency_ms: int | None

    @property
    def is_graded(self) -> bool:
        return self.verdict in GRADED
