"""Runs a case's proof: a small program that derives the answer from the prompt's own fenced blocks.

A Python proof defines `answer(material)`, where `material` maps the word after a fence to the block's text. Any other
proof is a script on standard input, started in a folder that holds each block as a file of that name, and prints the answer.
A Python proof that calls bash, git, node or sqlite3 itself fails, rather than being skipped, where that program is missing.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmark.domain.golden_case import GoldenCase, GoldenCaseError
from benchmark.domain.outcome import Grade
from benchmark.grading.grade_case import grade_answer

TIME_LIMIT_S: Final = 20.0

_COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "python": (sys.executable, "-I", "-c"),
    "bash": ("bash", "-s"),
    "git": ("bash", "-s"),
    "node": ("node", "-"),
    "sqlite3": ("sqlite3", "-batch", ":memory:"),
}

_PYTHON_DRIVER: Final = """
import json, sys
task = json.load(sys.stdin)
scope = {"__name__": "proof"}
exec(compile(task["source"], "proof", "exec"), scope)
answer = scope["answer"](task["material"])
print(answer if isinstance(answer, str) else json.dumps(answer))
"""


def can_run(case: GoldenCase) -> bool:
    """Return whether the program that the case's proof needs is on this machine."""
    language = case.proof.language if case.proof else "python"
    return language == "python" or shutil.which(language) is not None


def derive_answer(case: GoldenCase, *, time_limit_s: float = TIME_LIMIT_S) -> str:
    """Return the answer that the case's proof derives. Raises GoldenCaseError when it fails or takes too long."""
    if case.proof is None:
        raise GoldenCaseError(f"case {case.id}: has no proof")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return _run(case, Path(folder), time_limit_s).strip()
        except subprocess.TimeoutExpired:
            raise GoldenCaseError(f"case {case.id}: the proof took over {time_limit_s:g} s") from None
        except subprocess.CalledProcessError as error:
            raise GoldenCaseError(f"case {case.id}: the proof failed: {str(error.stderr)[-600:]}") from None


def prove(case: GoldenCase) -> Grade:
    """Return the grade, by the case's own check, of the answer that its proof derives. Raises GoldenCaseError."""
    return grade_answer(case.check, derive_answer(case))


def _run(case: GoldenCase, folder: Path, time_limit_s: float) -> str:
    assert case.proof is not None
    command, stdin = _COMMANDS[case.proof.language], case.proof.source
    if case.proof.language == "python":
        command = (*command, _PYTHON_DRIVER)
        stdin = json.dumps({"source": case.proof.source, "material": case.material()})
    else:
        for name, text in case.material().items():
            folder.joinpath(name).write_text(text, encoding="utf-8")
    finished = subprocess.run(
        command, input=stdin, cwd=folder, capture_output=True, text=True, check=True, timeout=time_limit_s
    )
    return finished.stdout
