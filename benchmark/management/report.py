"""The common form of the project's commands: one result, readable or as JSON, and one exit code for each kind of end.

Exit codes: 0 done, 1 failed, 2 bad usage, 3 conflict with other work.
"""

import json
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from benchmark.domain.golden_case import GoldenCaseError
from benchmark.pipeline.errors import Conflict, PipelineError
from benchmark.sources.fetch import FetchError

FAILED: Final = 1
BAD_USAGE: Final = 2
CONFLICT: Final = 3


class ReportCommand(BaseCommand):
    """A command that returns data: `carry_out` does the work, `describe` turns its result into text for people."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the result as JSON, for machines.")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def describe(self, result: dict[str, Any]) -> str:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.carry_out(**options)
        except Exception as error:
            raise self._as_command_error(error, as_json=options["json"]) from error
        self.stdout.write(json.dumps(result, default=str) if options["json"] else self.describe(result))
        if code := result.get("exit_code"):
            raise SystemExit(code)

    def _as_command_error(self, error: Exception, *, as_json: bool) -> Exception:
        code = _exit_code(error)
        if code is None:
            return error
        message = _message(error)
        if as_json:
            self.stdout.write(json.dumps({"error": message}))
        return CommandError(message, returncode=code)


def _exit_code(error: Exception) -> int | None:
    """Return the exit code for an error that people can do something about; None for a defect."""
    match error:
        case CommandError():
            return error.returncode
        case ValidationError() | UnicodeEncodeError():
            return BAD_USAGE
        case Conflict():
            return CONFLICT
        case PipelineError() | FetchError() | GoldenCaseError() | OperationalError() | ProgrammingError():
            return FAILED
        case ImproperlyConfigured():
            return FAILED
        case BrokerError() | RedisError():
            return FAILED
    return None


def _message(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return "\n".join(f"{name}: {text}" if name else text for name, texts in fields.items() for text in texts)
    if isinstance(error, OperationalError | ProgrammingError):
        hint = (
            "run `manage.py migrate` first"
            if "no such" in str(error) or "does not exist" in str(error)
            else "is it up?"
        )
        return f"The database refused: {str(error).strip()} ({hint})."
    if isinstance(error, BrokerError | RedisError):
        return f"Redis does not answer: {error}. Start it, or correct REDIS_URL."
    if isinstance(error, UnicodeEncodeError):
        return "An argument holds bytes that are no UTF-8 text."
    return str(error)
