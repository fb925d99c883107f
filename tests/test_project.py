"""The project's own habits: style, types, import order, migrations, settings, and what it promises about itself."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "autorouting.settings",
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "".join(chr(33 + 7 * i % 90) for i in range(60)),
    "ALLOWED_HOSTS": "autorouting.example",
    "INTERNAL_API_SECRET": "a-router-secret",
    "HTTPS": "true",
    "DATABASE_URL": "sqlite:///:memory:",
    "PYTHONWARNINGS": "ignore",
}
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def run(*command: str, **env: str) -> None:
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_the_style_holds() -> None:
    run(tool("ruff"), "check", ".")
    run(tool("ruff"), "format", "--check", ".")


def test_the_types_hold() -> None:
    run(tool("mypy"), **PRODUCTION)


def test_imports_go_one_way() -> None:
    run(tool("lint-imports"), "--no-cache")


def test_no_migration_is_missing() -> None:
    run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", **PRODUCTION)


def test_the_deployment_check_is_clean_with_production_settings() -> None:
    run(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)


def test_without_a_secret_key_nothing_starts_and_the_message_says_what_to_do() -> None:
    env = {**os.environ, **PRODUCTION, "SECRET_KEY": ""}

    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr


@pytest.mark.parametrize(("path", "extras"), [("requirements.txt", ()), ("tests/requirements.txt", ("test",))])
def test_the_locked_requirements_satisfy_the_declared_ranges(path: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *(d for extra in extras for d in project["optional-dependencies"][extra])]
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", ROOT.joinpath(path).read_text(), re.MULTILINE))

    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(locked[requirement.name.lower()]), requirement


def test_every_locked_requirement_has_hashes() -> None:
    for path in ("requirements.txt", "tests/requirements.txt"):
        blocks = re.split(r"\n(?=\S)", ROOT.joinpath(path).read_text().strip())
        assert all("--hash=sha256:" in block for block in blocks)


def test_no_file_names_a_package_index_or_a_path_of_a_developers_machine() -> None:
    forbidden = re.compile(r"py" r"pi\.org|python" r"hosted|npm" r"js\.org|deb" r"ian\.org|/ro" r"ot/|/wo" r"rk/")
    for name in TRACKED:
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".ico"):
            assert not forbidden.search(path.read_text(encoding="utf-8")), name


def test_modules_stay_under_300_lines() -> None:
    long = {
        name: lines
        for name in TRACKED
        if name.endswith(".py") and "/migrations/" not in name
        if (lines := len(ROOT.joinpath(name).read_text().splitlines())) > 300
    }

    assert not long


def test_every_setting_that_is_read_is_in_the_readme() -> None:
    names = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', ROOT.joinpath("autorouting/settings.py").read_text())
    readme = ROOT.joinpath("README.md").read_text()

    assert [name for name in names if f"`{name}`" not in readme] == []
