"""manage.py golden: the set, one case, and the verification of every answer."""

from pathlib import Path

import pytest

from benchmark.domain.golden_case import GoldenSet
from benchmark.golden.loader import golden_set, load_golden_set
from tests.factories import write_golden_set
from tests.management.manage import manage

WRONG = '{ kind = "numeric", value = 1 }'


def test_it_counts_the_set_and_states_its_digest() -> None:
    ended = manage("golden", "--json")

    assert ended.code == 0
    assert ended.result["cases"] == 216
    assert ended.result["digest"] == golden_set().digest
    assert ended.result["difficulties"] == {"easy": 54, "medium": 90, "hard": 72}
    assert set(ended.result["checks"]) == {"exact", "contains_all", "regex", "json_equal", "numeric"}
    assert ended.result["routes"]["debugging/bug_fixing"] == {"easy": 3, "medium": 5, "hard": 4}


def test_people_read_the_same_counts_as_a_table() -> None:
    ended = manage("golden")

    assert f"216 cases, digest {golden_set().digest}" in ended.output
    assert "planning_design/technical_planning      3     5       4" in ended.output


def test_one_case_is_shown_in_full() -> None:
    case = golden_set().cases[0]

    ended = manage("golden", case.id)

    assert ended.code == 0
    for part in (case.id, case.title, case.route, case.prompt.strip(), case.system_prompt, case.check.kind):
        assert all(line.strip() in ended.output for line in part.splitlines())
    assert case.proof is not None
    assert case.proof.source.strip().splitlines()[-1] in ended.output


def test_one_case_as_json_holds_all_that_is_sent_and_graded() -> None:
    case = golden_set().cases[-1]

    result = manage("golden", case.id, "--json").result

    assert result["prompt"] == case.prompt
    assert result["check"]["kind"] == case.check.kind
    assert result["proof"]["language"]


def test_an_unknown_case_is_bad_usage_and_the_nearest_are_named() -> None:
    case = golden_set().cases[0]

    ended = manage("golden", case.id[:-1])

    assert ended.code == 2
    assert f"Did you mean {case.id}" in ended.error


def test_an_id_of_10000_characters_is_not_repeated_in_full() -> None:
    ended = manage("golden", "x" * 10_000, "--json")

    assert ended.code == 2
    assert len(ended.error) < 300
    assert ended.result == {"error": ended.error}


def test_verify_proves_every_case(tmp_path: Path) -> None:
    ended = manage("golden", "--verify", "--folder", str(write_golden_set(tmp_path)), "--json")

    assert ended.code == 0
    assert ended.result["verification"] == {"failed": {}, "skipped": {}, "proven": 18}


def test_verify_fails_and_names_a_case_whose_proof_derives_another_answer(tmp_path: Path) -> None:
    ended = manage("golden", "--verify", "--folder", str(write_golden_set(tmp_path, check=WRONG)))

    assert ended.code == 1
    assert "17 proven, 1 failed, 0 skipped." in ended.output
    assert "failed case-0: the proof derives '14': not within 0 of the expected number" in ended.output


def test_verify_fails_a_case_whose_proof_crashes(tmp_path: Path) -> None:
    folder = write_golden_set(tmp_path, proof="'def answer(material): return 1 // 0'")

    ended = manage("golden", "case-0", "--verify", "--folder", str(folder), "--json")

    assert ended.code == 1
    assert "ZeroDivisionError" in ended.result["verification"]["failed"]["case-0"]


def test_verify_fails_a_case_whose_check_passes_on_the_prompt(tmp_path: Path) -> None:
    prompt = "'Is it 14?'"

    ended = manage("golden", "case-0", "--verify", "--json", "--folder", str(write_golden_set(tmp_path, prompt=prompt)))

    assert ended.code == 1
    assert ended.result["verification"]["failed"]["case-0"]


def test_verify_says_which_case_was_skipped_for_want_of_a_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_golden_set(tmp_path, proof_language='"sqlite3"')
    monkeypatch.setenv("PATH", str(tmp_path))

    ended = manage("golden", "--verify", "--folder", str(folder))

    assert ended.code == 0
    assert "17 proven, 0 failed, 1 skipped." in ended.output
    assert "skipped case-0: sqlite3 is not on this machine" in ended.output


def test_a_set_that_cannot_be_used_fails_with_file_and_case(tmp_path: Path) -> None:
    ended = manage("golden", "--folder", str(write_golden_set(tmp_path, route='"cooking/soup"')))

    assert ended.code == 1
    assert ended.error.startswith("cases.toml: case case-0: route: 'cooking/soup'")


def test_another_folder_has_its_own_digest(tmp_path: Path) -> None:
    folder = write_golden_set(tmp_path)

    shown = manage("golden", "--folder", str(folder), "--json").result["digest"]

    assert shown == load_golden_set(folder).digest == GoldenSet.of(load_golden_set(folder).cases).digest
