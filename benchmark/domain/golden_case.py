"""A golden case: one question with one right answer, and the mechanical check that recognises it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from benchmark.domain.taxonomy import ROUTES

DEFAULT_SYSTEM_PROMPT: Final = (
    "You are a senior software engineer. Work the question out as carefully as you need, "
    "then reply with the answer alone, in exactly the form that the question asks for."
)
DEFAULT_TIME_LIMIT_S: Final = 180
MAX_OUTPUT_TOKENS: Final = 32_000
PROOF_LANGUAGES: Final = ("python", "bash", "git", "node", "sqlite3")

_FENCED_BLOCK = re.compile(r"^```([^\s`]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class GoldenCaseError(ValueError):
    """A golden case that cannot be used; the message says which field and why."""


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class ExactCheck:
    """The answer, or its last non-empty line, equals `value` but for case and surrounding space."""

    value: str
    kind: Literal["exact"] = "exact"

    def __post_init__(self) -> None:
        _require_text("check value", self.value)


@dataclass(frozen=True, slots=True)
class ContainsAllCheck:
    """The answer contains each of `values` as a whole word, and none of `absent`."""

    values: tuple[str, ...]
    absent: tuple[str, ...] = ()
    kind: Literal["contains_all"] = "contains_all"

    def __post_init__(self) -> None:
        for name in ("values", "absent"):
            words = getattr(self, name)
            if not isinstance(words, list | tuple):
                raise GoldenCaseError(f"check {name}: must be a list of texts, not {str(words)[:60]!r}")
            for word in words:
                _require_text(f"check {name}", word)
            object.__setattr__(self, name, tuple(words))
        if not self.values:
            raise GoldenCaseError("check values: name at least one")


@dataclass(frozen=True, slots=True)
class RegexCheck:
    """The answer, or its last non-empty line, matches `pattern` from end to end. `example` is one right answer."""

    pattern: str
    example: str
    kind: Literal["regex"] = "regex"

    def __post_init__(self) -> None:
        _require_text("check pattern", self.pattern)
        _require_text("check example", self.example)
        try:
            matches = re.fullmatch(self.pattern, self.example)
        except re.error as error:
            raise GoldenCaseError(f"check pattern: {self.pattern!r} does not compile: {error}") from None
        if not matches:
            raise GoldenCaseError(f"check example: {self.example!r} does not match the pattern {self.pattern!r}")


@dataclass(frozen=True, slots=True)
class JsonEqualCheck:
    """The first balanced JSON value in the answer equals the JSON text `value`; key order does not matter."""

    value: str
    kind: Literal["json_equal"] = "json_equal"

    def __post_init__(self) -> None:
        _require_text("check value", self.value)
        try:
            json.loads(self.value)
        except ValueError as error:
            raise GoldenCaseError(f"check value: not JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class NumericCheck:
    """The one number in the answer's last non-empty line lies within `tolerance` of `value`."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    kind: Literal["numeric"] = "numeric"

    def __post_init__(self) -> None:
        for name in ("value", "tolerance"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | Decimal):
                raise GoldenCaseError(f"check {name}: {number!r} is not a number")
            object.__setattr__(self, name, Decimal(number))
            if not getattr(self, name).is_finite():
                raise GoldenCaseError(f"check {name}: {number!r} is not finite")
        if self.tolerance < 0:
            raise GoldenCaseError(f"check tolerance: {self.tolerance} is negative")


Check = ExactCheck | ContainsAllCheck | RegexCheck | JsonEqualCheck | NumericCheck

CHECKS: Final[dict[str, type[Check]]] = {
    "exact": ExactCheck,
    "contains_all": ContainsAllCheck,
    "regex": RegexCheck,
    "json_equal": JsonEqualCheck,
    "numeric": NumericCheck,
}


def parse_check(fields: Mapping[str, object]) -> Check:
    """Return the check that `fields` (`kind` and that kind's own fields) describe. Raises GoldenCaseError."""
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in CHECKS:
        raise GoldenCaseError(f"check kind: {kind!r} is none of {', '.join(CHECKS)}")
    try:
        return CHECKS[kind](**fields)  # type: ignore[arg-type]
    except TypeError as error:
        raise GoldenCaseError(f"check {kind}: {str(error).partition(') ')[2] or error}") from None


def right_answer(check: Check) -> str:
    """Return one answer that passes `check`."""
    match check:
        case ContainsAllCheck():
            return ", ".join(check.values)
        case RegexCheck():
            return check.example
        case _:
            return str(check.value)


@dataclass(frozen=True, slots=True)
class Proof:
    """A program that derives the answer from the prompt's own fenced blocks."""

    source: str
    language: str = "python"

    def __post_init__(self) -> None:
        _require_text("proof", self.source)
        if self.language not in PROOF_LANGUAGES:
            raise GoldenCaseError(f"proof_language: {self.language!r} is none of {', '.join(PROOF_LANGUAGES)}")


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One question. `max_output_tokens` and `time_limit_s` (seconds of wall clock) bound one answer."""

    id: str
    route: str
    difficulty: Difficulty
    title: str
    prompt: str
    check: Check
    max_output_tokens: int
    proof: Proof | None = None
    system_prompt: str = DEFAULT_SYSTEM_PROMPT
    time_limit_s: int = DEFAULT_TIME_LIMIT_S

    def __post_init__(self) -> None:
        for name in ("id", "title", "prompt", "system_prompt"):
            _require_text(name, getattr(self, name))
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", self.id):
            raise GoldenCaseError(f"id: {self.id[:100]!r} is not lower-case words joined by hyphens (80 at most)")
        if self.route not in ROUTES:
            raise GoldenCaseError(f"route: {self.route!r} is none of the {len(ROUTES)} routes")
        if self.difficulty not in list(Difficulty):
            raise GoldenCaseError(f"difficulty: {self.difficulty!r} is none of {', '.join(Difficulty)}")
        object.__setattr__(self, "difficulty", Difficulty(self.difficulty))
        _require_between("max_output_tokens", self.max_output_tokens, 1, MAX_OUTPUT_TOKENS)
        _require_between("time_limit_s", self.time_limit_s, 1, 1800)

    def material(self) -> dict[str, str]:
        """Return the prompt's fenced blocks: the word after the fence -> the block's text. Raises GoldenCaseError."""
        blocks: dict[str, str] = {}
        for word, text in _FENCED_BLOCK.findall(self.prompt):
            if word in blocks:
                raise GoldenCaseError(f"prompt: two fenced blocks are named {word!r}")
            blocks[word] = text
        return blocks

    def measured_fields(self) -> dict[str, object]:
        """Return all that is sent or used to grade: what a measurement depends on."""
        return {
            "id": self.id,
            "route": self.route,
            "system_prompt": self.system_prompt,
            "prompt": self.prompt,
            "check": {name: _plain(value) for name, value in asdict(self.check).items()},
            "max_output_tokens": self.max_output_tokens,
            "time_limit_s": self.time_limit_s,
        }


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """All golden cases, in order of id, under one digest."""

    cases: tuple[GoldenCase, ...]
    digest: str

    @classmethod
    def of(cls, cases: Iterable[GoldenCase]) -> "GoldenSet":
        """Return the set of `cases`. Raises GoldenCaseError when two share an id."""
        by_id: dict[str, GoldenCase] = {}
        for case in cases:
            if case.id in by_id:
                raise GoldenCaseError(f"case {case.id}: the id is used twice")
            by_id[case.id] = case
        ordered = tuple(by_id[case_id] for case_id in sorted(by_id))
        return cls(cases=ordered, digest=_digest(ordered))

    def by_id(self) -> dict[str, GoldenCase]:
        return {case.id: case for case in self.cases}

    def by_route(self) -> dict[str, list[GoldenCase]]:
        """Return the cases of each of the 18 routes, in the taxonomy's order."""
        return {route: [case for case in self.cases if case.route == route] for route in ROUTES}


def _digest(cases: Iterable[GoldenCase]) -> str:
    text = json.dumps([case.measured_fields() for case in cases], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return `value` as JSON knows it; a Decimal keeps its exact digits as text, whatever its trailing zeros."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _require_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise GoldenCaseError(f"{name}: must be text that is not blank, not {str(value)[:60]!r}")


def _require_between(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise GoldenCaseError(f"{name}: {str(value)[:60]!r} is not a whole number from {low} to {high}")
