import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.golden_case import JsonEqualCheck
from benchmark.domain.outcome import Verdict
from benchmark.grading.grade_case import grade_answer

CHECK = JsonEqualCheck('{"hits": 4, "rate": 0.5, "keys": ["a", "b"], "done": true, "next": null}')

PASSES = {
    "the value": CHECK.value,
    "other key order and spacing": '{"next":null,"done":true,"keys":["a","b"],"rate":0.5,"hits":4}',
    "other spelling of numbers": '{"hits": 4.0, "rate": 5e-1, "keys": ["a", "b"], "done": true, "next": null}',
    "fenced": f"```json\n{CHECK.value}\n```",
    "a lead-in": f"The counters are:\n\n{CHECK.value}",
    "a lead-in on the same line": f"Result: {CHECK.value}",
    "text after it": f"{CHECK.value}\nThe cache was full.",
    "brackets in the lead-in that are no JSON": f"After put[c] {{see above}}: {CHECK.value}",
    "escapes": CHECK.value.replace('"a"', '"\\u0061"'),
}

FAILS = {
    "another number": CHECK.value.replace("4", "5"),
    "a number as text": CHECK.value.replace("4", '"4"'),
    "a truth value as number": CHECK.value.replace("true", "1"),
    "null as text": CHECK.value.replace("null", '"null"'),
    "other order in an array": CHECK.value.replace('"a", "b"', '"b", "a"'),
    "a key less": CHECK.value.replace(', "next": null', ""),
    "a key more": CHECK.value.replace("}", ', "more": 1}'),
    "wrapped in an array": f"[{CHECK.value}]",
    "not the first value": f"[1] or {CHECK.value}",
    "cut off": CHECK.value[:-1],
    "Python's spelling": CHECK.value.replace("true", "True").replace("null", "None"),
    "NaN": CHECK.value.replace("0.5", "NaN"),
    "no JSON": "four hits",
}


@pytest.mark.parametrize("answer", PASSES.values(), ids=PASSES)
def test_an_honest_rendering_passes(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS)
def test_anything_else_fails(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT


@pytest.mark.parametrize(("value", "other"), [("42", "43"), ('"a"', '"b"'), ("true", "1"), ("null", "0")])
def test_a_lone_scalar_is_a_json_value_too(value: str, other: str) -> None:
    assert grade_answer(JsonEqualCheck(value), f" {value}\n").verdict is Verdict.CORRECT
    assert grade_answer(JsonEqualCheck(value), other).verdict is Verdict.INCORRECT


@pytest.mark.parametrize("answer", ["[" * 20_000, '{"a":' * 4000, "[1," * 6000, "[" + "1" * 19_000 + "]"])
def test_brackets_without_end_are_a_wrong_answer_not_an_error(answer: str) -> None:
    assert grade_answer(CHECK, answer).verdict is Verdict.INCORRECT


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.lists(json_values, max_size=3) | st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_any_json_equals_itself_however_it_is_written(value: object) -> None:
    check = JsonEqualCheck(json.dumps(value))

    for text in (json.dumps(value, ensure_ascii=False), json.dumps(value, indent=2, sort_keys=True)):
        assert grade_answer(check, text).verdict is Verdict.CORRECT


def test_the_grade_shows_the_value_that_was_found() -> None:
    grade = grade_answer(CHECK, 'It is {"hits": 3}.')

    assert grade.extracted == '{"hits": 3}'
