"""Golden files that can't be used: each error names the file and the case."""

from decimal import Decimal
from pathlib import Path

import pytest

from benchmark.domain.golden_case import GoldenCaseError, NumericCheck
from benchmark.golden.loader import load_cases, load_golden_set
from tests.factories import write_golden_set

CASE = """
[[case]]
id = "extra"
route = "debugging/bug_fixing"
difficulty = "easy"
title = "Extra"
prompt = "?"
check = { kind = "exact", value = "a" }
max_output_tokens = 100
"""


def refusal(folder: Path) -> str:
    with pytest.raises(GoldenCaseError) as refused:
        load_golden_set(folder)
    return str(refused.value)


def test_a_folder_of_toml_files_is_one_set(tmp_path: Path) -> None:
    write_golden_set(tmp_path).joinpath("more.toml").write_text(CASE)

    golden_set = load_golden_set(tmp_path)

    assert len(golden_set.cases) == 19
    assert golden_set.by_id()["extra"].proof is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"id": '"Bad Id"'}, "case Bad Id: id: 'Bad Id' is not lower-case words joined by hyphens (80 at most)"),
        ({"id": ""}, "case number 1: missing 1 required positional argument: 'id'"),
        ({"id": "[1]"}, "case [1]: id: must be text that is not blank, not '[1]'"),
        ({"route": '"cooking/soup"'}, "case case-0: route: 'cooking/soup' is none of the 18 routes"),
        ({"route": "5"}, "case case-0: route: 5 is none of the 18 routes"),
        ({"prompt": ""}, "case case-0: missing 1 required positional argument: 'prompt'"),
        ({"flavour": '"umami"'}, "case case-0: got an unexpected keyword argument 'flavour'"),
        ({"check": ""}, "case case-0: check: is missing or not a table"),
        ({"check": '"exact"'}, "case case-0: check: is missing or not a table"),
        ({"check": '{ kind = "vibes" }'}, "case case-0: check kind: 'vibes' is none of"),
        (
            {"check": '{ kind = "regex", pattern = "(", example = "(" }'},
            "case case-0: check pattern: '(' does not compile",
        ),
        ({"check": '{ kind = "contains_all", values = "abc" }'}, "case case-0: check values: must be a list of texts"),
        ({"check": '{ kind = "numeric", value = nan }'}, "case case-0: check value: Decimal('NaN') is not finite"),
        ({"max_output_tokens": '"many"'}, "case case-0: max_output_tokens: 'many' is not a whole number"),
        ({"proof": "7"}, "case case-0: proof: must be text"),
        ({"proof_language": '"cobol"'}, "case case-0: proof_language: 'cobol' is none of"),
        ({"proof": "", "proof_language": '"bash"'}, "case case-0: got an unexpected keyword argument 'proof_language'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_case_out_of_shape_is_refused_by_file_case_and_field(
    tmp_path: Path, lines: dict[str, str], said: str
) -> None:
    assert refusal(write_golden_set(tmp_path, **lines)).startswith(f"cases.toml: {said}")


def test_an_id_used_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    said = refusal(write_golden_set(tmp_path, id='"case-7"'))

    assert said == "cases.toml: case case-7: the id is used in cases.toml already"


def test_an_id_used_in_two_files_is_refused_and_both_are_named(tmp_path: Path) -> None:
    write_golden_set(tmp_path).joinpath("more.toml").write_text(CASE.replace("extra", "case-3"))

    assert refusal(tmp_path) == "more.toml: case case-3: the id is used in cases.toml already"


@pytest.mark.parametrize(
    "content",
    [b"case = [[[", b"\xff\xfe", b"<html>", b"[[case]]\nid = 'a'\nid = 'b'\n"],
    ids=["open", "bytes", "html", "key twice"],
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    tmp_path.joinpath("broken.toml").write_bytes(content)

    assert refusal(tmp_path).startswith("broken.toml: not TOML:")


@pytest.mark.parametrize("content", ["", "case = 5", "case = [1, 2]", "[case]\nid = 'a'", f"version = 1\n{CASE}"])
def test_a_file_that_holds_anything_but_cases_is_refused(tmp_path: Path, content: str) -> None:
    tmp_path.joinpath("odd.toml").write_text(content)

    assert refusal(tmp_path) == "odd.toml: must hold [[case]] tables and nothing else"


def test_a_set_without_a_case_for_some_route_is_refused(tmp_path: Path) -> None:
    said = refusal(write_golden_set(tmp_path, route='"implementation/code_generation"'))

    assert said == f"{tmp_path.name}: no case for implementation/feature_development"


def test_windows_line_ends_do_not_change_a_case(tmp_path: Path) -> None:
    text = CASE.replace('prompt = "?"', "prompt = '''\na\nb\n'''")
    unix, windows = tmp_path / "unix.toml", tmp_path / "windows.toml"
    unix.write_bytes(text.encode())
    windows.write_bytes(text.replace("\n", "\r\n").encode())

    assert list(load_cases(windows)) == list(load_cases(unix))


def test_numbers_keep_their_exact_digits(tmp_path: Path) -> None:
    path = tmp_path / "numbers.toml"
    path.write_text(CASE.replace('kind = "exact", value = "a"', 'kind = "numeric", value = 0.1, tolerance = 0.30'))

    assert next(load_cases(path)).check == NumericCheck(Decimal("0.1"), Decimal("0.3"))
