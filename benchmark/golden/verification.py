"""Verifies cases: the proof's answer passes the case's own check, and the prompt itself does not."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from os import cpu_count

from benchmark.domain.golden_case import GoldenCase, GoldenCaseError
from benchmark.domain.outcome import Verdict
from benchmark.golden.proofs import can_run, prove
from benchmark.grading.grade_case import grade_answer


class State(StrEnum):
    PROVEN = "proven"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of one case; `detail` says why it failed or was skipped."""

    case_id: str
    state: State
    detail: str = ""


def verify(cases: Iterable[GoldenCase]) -> Iterator[Verification]:
    """Yield a verification per case, in order. Each proof is a process of its own, as many at once as there are cores."""
    with ThreadPoolExecutor(max_workers=cpu_count()) as pool:
        yield from pool.map(_verify_case, cases)


def _verify_case(case: GoldenCase) -> Verification:
    if grade_answer(case.check, case.prompt).verdict is Verdict.CORRECT:
        return Verification(case.id, State.FAILED, "the check passes on the prompt itself")
    if not can_run(case):
        language = case.proof.language if case.proof else ""
        return Verification(case.id, State.SKIPPED, f"{language} is not on this machine")
    try:
        grade = prove(case)
    except GoldenCaseError as error:
        return Verification(case.id, State.FAILED, str(error).removeprefix(f"case {case.id}: "))
    if grade.verdict is not Verdict.CORRECT:
        return Verification(case.id, State.FAILED, f"the proof derives {grade.extracted!r}: {grade.explanation}")
    return Verification(case.id, State.PROVEN)
