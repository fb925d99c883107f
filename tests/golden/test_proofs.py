"""Proofs run apart from this process, on the case's own material, in bounded time."""

import pytest

from benchmark.domain.golden_case import GoldenCaseError, Proof
from benchmark.golden.proofs import can_run, derive_answer
from tests.factories import golden_case

PROMPT = "Add.\n```numbers\n6\n7\n```"

each_language = pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", "def answer(material):\n    return sum(map(int, material['numbers'].split()))"),
        ("bash", "paste -sd+ numbers | { read -r sum; echo $((sum)); }"),
        ("git", "git init -q . && git hash-object numbers > /dev/null && echo $((6 + $(tail -1 numbers)))"),
        (
            "node",
            "console.log(require('fs').readFileSync('numbers', 'utf8').trim().split('\\n').reduce((a, b) => a + +b, 0))",
        ),
        ("sqlite3", "CREATE TABLE t (n INTEGER);\n.import numbers t\nSELECT sum(n) FROM t;"),
    ],
)


@each_language
def test_a_proof_derives_the_answer_from_the_prompts_blocks(language: str, source: str) -> None:
    case = golden_case(prompt=PROMPT, proof=Proof(source, language))
    if not can_run(case):
        pytest.skip(f"{language} is not on this machine")

    assert derive_answer(case) == "13"


def test_a_python_proof_may_return_data_and_it_is_json() -> None:
    case = golden_case(prompt=PROMPT, proof=Proof("def answer(material): return {'n': material['numbers'].split()}"))

    assert derive_answer(case) == '{"n": ["6", "7"]}'


def test_a_proof_that_fails_says_so_with_its_own_words() -> None:
    case = golden_case(proof=Proof("def answer(material): raise ValueError('no such block')"))

    with pytest.raises(GoldenCaseError, match=r"case a-case: the proof failed: (?s:.*)no such block"):
        derive_answer(case)


def test_a_case_without_a_proof_is_named() -> None:
    with pytest.raises(GoldenCaseError, match="case a-case: has no proof"):
        derive_answer(golden_case(proof=None))


def test_a_proof_that_does_not_end_is_stopped() -> None:
    case = golden_case(proof=Proof("def answer(material):\n    while True: pass"))

    with pytest.raises(GoldenCaseError, match=r"case a-case: the proof took over 0\.5 s"):
        derive_answer(case, time_limit_s=0.5)
