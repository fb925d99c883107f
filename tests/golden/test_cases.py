"""Every golden case on its own: its answer is proven, its check is fair, and its prompt gives nothing away."""

import ast
import json
import os
import re
from decimal import Decimal

import pytest

from benchmark.domain.golden_case import (
    Check,
    ContainsAllCheck,
    ExactCheck,
    GoldenCase,
    JsonEqualCheck,
    NumericCheck,
    RegexCheck,
    right_answer,
)
from benchmark.domain.outcome import Verdict
from benchmark.golden.loader import CASES_DIR, load_cases
from benchmark.golden.proofs import can_run, prove
from benchmark.grading.grade_case import grade_answer

CASES = [case for path in sorted(CASES_DIR.glob("*.toml")) for case in load_cases(path)]
EXAMPLE = re.compile(r"\(Form of the answer, with other [a-z ]+: (.+)\)\s*\Z", re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.route}/{case.id}")


@each_case
def test_the_proof_derives_an_answer_that_passes_the_check(case: GoldenCase) -> None:
    if not can_run(case):
        assert not os.environ.get("CI"), f"{case.proof.language} is missing" if case.proof else ""
        pytest.skip(f"{case.proof.language if case.proof else ''} is not on this machine")

    grade = prove(case)

    assert grade.verdict is Verdict.CORRECT, grade


@each_case
def test_the_proof_never_states_the_answer(case: GoldenCase) -> None:
    assert case.proof is not None
    answer = right_answer(case.check).strip()

    if case.proof.language == "python":
        literals = {node.value for node in ast.walk(ast.parse(case.proof.source)) if isinstance(node, ast.Constant)}
        stated = {str(value) for value in literals if not isinstance(value, int) or abs(value) > 10}
        assert answer not in stated
    elif len(answer) > 3:
        assert answer not in case.proof.source


@each_case
def test_honest_renderings_of_the_right_answer_pass(case: GoldenCase) -> None:
    for rendering in honest_renderings(case.check):
        assert grade_answer(case.check, rendering).verdict is Verdict.CORRECT, rendering


@each_case
def test_near_misses_fail(case: GoldenCase) -> None:
    for miss in near_misses(case):
        grade = grade_answer(case.check, miss)
        assert grade.verdict in (Verdict.INCORRECT, Verdict.NO_ANSWER), miss


@each_case
def test_the_prompt_shows_the_form_of_the_answer_but_not_the_answer(case: GoldenCase) -> None:
    assert EXAMPLE.search(case.prompt), "the prompt must end with (Form of the answer, with other values: ...)"

    prose = FENCED.sub("", case.prompt)

    if len(answer := right_answer(case.check)) > 2:
        assert not re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", prose)


@each_case
def test_a_choice_has_at_least_six_options(case: GoldenCase) -> None:
    options = case.material().get("options")

    assert options is None or len(options.strip().splitlines()) >= 6


def honest_renderings(check: Check) -> list[str]:
    answer = right_answer(check)
    renderings = [
        answer,
        f"\n  {answer}  \n\n",
        f"```\n{answer}\n```",
        f"The answer is:\n\n{answer}",
        f"Here it is:\n```text\n{answer}\n```\n",
    ]
    match check:
        case ExactCheck():
            renderings += [answer.upper(), f"`{answer}`", f"**{answer}**"]
        case ContainsAllCheck():
            renderings += ["\n".join(f"- {value}" for value in reversed(check.values)), answer.upper()]
        case JsonEqualCheck():
            value = json.loads(answer)
            renderings += [json.dumps(_reversed_keys(value), indent=2), json.dumps(value, separators=(",", ":"))]
        case NumericCheck():
            renderings += [f"{answer}.0" if "." not in answer else f"{answer}00", f"**{answer}**", f"{answer}."]
        case RegexCheck():
            renderings += [f"`{answer}`"]
    return renderings


def near_misses(case: GoldenCase) -> list[str]:
    misses = ["", "   \n", case.prompt, "I do not know."]
    misses += [match.group(1) for match in [EXAMPLE.search(case.prompt)] if match]
    misses += [options for name, options in case.material().items() if name == "options"]
    misses += [f"{', '.join(options.split())}" for options in misses[6:]]
    right = right_answer(case.check)
    others = {right_answer(other.check) for other in CASES if other.route == case.route and other.id != case.id}
    misses += [other for other in others if other.casefold() != right.casefold()]
    match case.check:
        case ExactCheck():
            misses += [right + "x", right[:-1] or "x", f"not {right}"]
        case ContainsAllCheck(values=values):
            misses += [", ".join(values[1:]), ", ".join((*values, *case.check.absent)) if case.check.absent else "none"]
        case NumericCheck(value=value, tolerance=tolerance):
            step = max(Decimal(1), 2 * tolerance)
            misses += [str(value + step), str(value - step), str(-value) if value else "1"]
        case JsonEqualCheck():
            misses += [json.dumps([json.loads(right)]), right[:-1]]
        case RegexCheck():
            misses += [right + " or not", right[:-1]]
    return misses


def _reversed_keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed_keys(inner) for key, inner in reversed(value.items())}
    return [_reversed_keys(inner) for inner in value] if isinstance(value, list) else value
