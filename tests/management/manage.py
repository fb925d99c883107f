"""Runs a command in this process as manage.py does: the same parsing of arguments, the same output and exit codes."""

import io
import json
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, get_commands, load_command_class


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, what it printed, and its error message."""

    code: int
    output: str
    error: str

    @property
    def result(self) -> dict[str, Any]:
        """The JSON that the command printed under --json."""
        parsed: dict[str, Any] = json.loads(self.output)
        return parsed


def manage(name: str, *arguments: str) -> Ended:
    """Return how `manage.py name arguments` ends."""
    output, errors = io.StringIO(), io.StringIO()
    command = load_command_class(get_commands()[name], name)
    command._called_from_command_line = True
    try:
        with redirect_stderr(errors):
            options = vars(command.create_parser("manage.py", name).parse_args(arguments))
            command.execute(**{**options, "skip_checks": True, "stdout": output})
    except CommandError as error:
        return Ended(error.returncode, output.getvalue(), str(error))
    except SystemExit as end:
        return Ended(int(end.code or 0), output.getvalue(), errors.getvalue())
    return Ended(0, output.getvalue(), errors.getvalue())
