"""Every file is where a newcomer would look for it."""

from tests.test_project import ROOT, TRACKED

TOP = {".ci", ".gitignore", "README.md", "autorouting", "benchmark", "manage.py", "pyproject.toml", "requirements.txt"}
VAGUE = {"utils", "helpers", "common", "services", "base", "misc", "constants", "shared"}


def test_the_top_level_holds_what_was_agreed() -> None:
    assert {name.split("/")[0] for name in TRACKED} <= TOP | {"templates", "tests"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    stems = {part.removesuffix(".py") for name in TRACKED for part in name.split("/")}

    assert not stems & VAGUE


def test_the_tests_mirror_the_rooms() -> None:
    rooms = {path.name for path in ROOT.joinpath("benchmark").iterdir() if path.joinpath("__init__.py").exists()}
    tested = {path.name for path in ROOT.joinpath("tests").iterdir() if path.is_dir()}

    assert rooms - {"migrations"} <= tested


def test_each_check_kind_has_a_file_of_its_own() -> None:
    from benchmark.domain.golden_case import CHECKS

    assert all(ROOT.joinpath("benchmark", "grading", f"{kind}.py").exists() for kind in CHECKS)
