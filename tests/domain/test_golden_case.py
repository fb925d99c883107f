"""What a golden case may be, and the digest that measurements depend on."""

from dataclasses import replace
from decimal import Decimal

import pytest

from benchmark.domain.golden_case import (
    Check,
    ContainsAllCheck,
    Difficulty,
    ExactCheck,
    GoldenCase,
    GoldenCaseError,
    GoldenSet,
    JsonEqualCheck,
    NumericCheck,
    Proof,
    RegexCheck,
    parse_check,
    right_answer,
)
from benchmark.domain.taxonomy import ROUTES
from tests.factories import golden_case

# Literal on purpose: a change of it makes every stored measurement void, which must never happen by accident.
FROZEN_DIGEST = "24069153a2eefb11f634e32bc959d88fefa46bdec64fba20fbee3d8bff6dd64e"


def frozen_set() -> list[GoldenCase]:
    """Return one case of each check kind, with text that is not ASCII."""
    checks: list[Check] = [
        ExactCheck("naïve — ✓"),
        ContainsAllCheck(("a", "b"), absent=("c",)),
        RegexCheck(r"v\d+", "v1"),
        JsonEqualCheck('{"a": [1, 2.50]}'),
        NumericCheck(Decimal("12.50"), Decimal("0.01")),
    ]
    return [
        golden_case(
            f"frozen-{check.kind.replace('_', '-')}", route=ROUTES[number], check=check, prompt=f"Größe {number}\n"
        )
        for number, check in enumerate(checks)
    ]


def digest(*cases: GoldenCase) -> str:
    return GoldenSet.of(cases).digest


def test_the_digest_of_a_frozen_set_is_the_same_on_every_platform_and_in_every_version() -> None:
    assert digest(*frozen_set()) == FROZEN_DIGEST


def test_the_order_of_the_cases_does_not_change_the_digest() -> None:
    cases = frozen_set()

    assert digest(*reversed(cases)) == digest(*cases)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "another title"},
        {"difficulty": Difficulty.HARD},
        {"proof": None},
        {"proof": Proof("SELECT 42;", "sqlite3")},
    ],
    ids=lambda change: "-".join(change),
)
def test_what_is_neither_sent_nor_graded_does_not_change_the_digest(change: dict[str, object]) -> None:
    case = golden_case()

    assert digest(replace(case, **change)) == digest(case)  # type: ignore[arg-type]


CASE = golden_case()


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another-case"},
        {"route": ROUTES[1]},
        {"prompt": CASE.prompt + " "},
        {"prompt": CASE.prompt.replace("\n", "\r\n")},
        {"prompt": CASE.prompt.replace("a", "а", 1)},  # a Cyrillic letter that looks the same
        {"system_prompt": CASE.system_prompt + " "},
        {"check": NumericCheck(Decimal("42.0000001"))},
        {"check": NumericCheck(Decimal(42), Decimal("1e-9"))},
        {"check": ExactCheck("42")},
        {"max_output_tokens": CASE.max_output_tokens + 1},
        {"time_limit_s": CASE.time_limit_s + 1},
    ],
    ids=lambda change: "-".join(change),
)
def test_any_byte_that_is_sent_or_used_to_grade_changes_the_digest(change: dict[str, object]) -> None:
    assert digest(replace(CASE, **change)) != digest(CASE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("check", "other"),
    [
        (ExactCheck("a"), ExactCheck("A")),
        (ContainsAllCheck(("a", "b")), ContainsAllCheck(("a",), absent=("b",))),
        (ContainsAllCheck(("a", "b")), ContainsAllCheck(("a, b",))),
        (RegexCheck("a+", "a"), RegexCheck("a*", "a")),
        (JsonEqualCheck("[1]"), JsonEqualCheck("[1 ]")),
    ],
)
def test_any_byte_of_a_check_changes_the_digest(check: Check, other: Check) -> None:
    assert digest(replace(CASE, check=check)) != digest(replace(CASE, check=other))


def test_adding_a_case_changes_the_digest() -> None:
    assert digest(CASE, golden_case("another-case")) != digest(CASE)


def test_two_spellings_of_a_number_are_one_check() -> None:
    plain, spelled = NumericCheck(Decimal(100)), NumericCheck(Decimal("1.00e2"))

    assert digest(replace(CASE, check=plain)) == digest(replace(CASE, check=spelled))


def test_a_set_refuses_an_id_that_is_used_twice() -> None:
    with pytest.raises(GoldenCaseError, match="a-case: the id is used twice"):
        GoldenSet.of([golden_case(), golden_case(title="another")])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "Not lower"}, "id: 'Not lower' is not lower-case words"),
        ({"id": "x" * 10_000}, "id: 'xxx"),
        ({"route": "cooking/soup"}, "route: 'cooking/soup' is none of the 18"),
        ({"difficulty": "brutal"}, "difficulty: 'brutal' is none of easy, medium, hard"),
        ({"title": "  "}, "title: must be text that is not blank"),
        ({"prompt": 7}, "prompt: must be text that is not blank, not '7'"),
        ({"max_output_tokens": 0}, "max_output_tokens: '0' is not a whole number from 1"),
        ({"max_output_tokens": True}, "max_output_tokens: 'True' is not a whole number"),
        ({"time_limit_s": 1801}, "time_limit_s: '1801' is not a whole number from 1 to 1800"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_case_out_of_shape_is_refused_by_field(fields: dict[str, object], said: str) -> None:
    with pytest.raises(GoldenCaseError) as refused:
        golden_case(**{"case_id": fields.pop("id", "a-case"), **fields})  # type: ignore[arg-type]

    assert str(refused.value).startswith(said)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "vibes"}, "check kind: 'vibes' is none of exact, contains_all"),
        ({"kind": ["exact"]}, "check kind: ['exact'] is none of"),
        ({"value": "a"}, "check kind: None is none of"),
        ({"kind": "exact"}, "check exact: missing 1 required positional argument: 'value'"),
        ({"kind": "exact", "value": "a", "fuzz": 1}, "check exact: got an unexpected keyword argument 'fuzz'"),
        ({"kind": "exact", "value": 5}, "check value: must be text that is not blank, not '5'"),
        ({"kind": "exact", "value": " "}, "check value: must be text that is not blank"),
        ({"kind": "contains_all", "values": []}, "check values: name at least one"),
        ({"kind": "contains_all", "values": "abc"}, "check values: must be a list of texts, not 'abc'"),
        ({"kind": "contains_all", "values": ["a", 1]}, "check values: must be text that is not blank, not '1'"),
        ({"kind": "contains_all", "values": ["a"], "absent": "b"}, "check absent: must be a list of texts"),
        ({"kind": "regex", "pattern": "(a", "example": "a"}, "check pattern: '(a' does not compile"),
        ({"kind": "regex", "pattern": "a+", "example": "b"}, "check example: 'b' does not match the pattern"),
        ({"kind": "regex", "pattern": "a+", "example": 1}, "check example: must be text"),
        ({"kind": "regex", "pattern": "a+"}, "check regex: missing 1 required positional argument: 'example'"),
        ({"kind": "json_equal", "value": "{'a': 1}"}, "check value: not JSON"),
        ({"kind": "numeric", "value": "42"}, "check value: '42' is not a number"),
        ({"kind": "numeric", "value": True}, "check value: True is not a number"),
        ({"kind": "numeric", "value": Decimal("NaN")}, "check value: Decimal('NaN') is not finite"),
        ({"kind": "numeric", "value": 1, "tolerance": Decimal(-1)}, "check tolerance: -1 is negative"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value.get("kind")),
)
def test_a_check_out_of_shape_is_refused_by_field(fields: dict[str, object], said: str) -> None:
    with pytest.raises(GoldenCaseError) as refused:
        parse_check(fields)

    assert str(refused.value).startswith(said)


def test_a_proof_needs_a_program_in_a_known_language() -> None:
    with pytest.raises(GoldenCaseError, match="proof_language: 'cobol' is none of python, bash, git, node, sqlite3"):
        Proof("MOVE 1 TO X.", "cobol")
    with pytest.raises(GoldenCaseError, match="proof: must be text"):
        Proof(" ")


def test_the_material_is_the_fenced_blocks_by_their_word() -> None:
    case = golden_case(prompt="See\n```a.py\nx = 1\n```\nand\n```b\n\ny\n```\nbut not ```inline```.")

    assert case.material() == {"a.py": "x = 1\n", "b": "\ny\n"}


def test_two_blocks_of_one_name_are_refused() -> None:
    with pytest.raises(GoldenCaseError, match="two fenced blocks are named 'a'"):
        golden_case(prompt="```a\n1\n```\n```a\n2\n```").material()


@pytest.mark.parametrize("check", [case.check for case in frozen_set()], ids=lambda check: str(check.kind))
def test_each_check_kind_names_one_right_answer(check: Check) -> None:
    assert right_answer(check).strip()
