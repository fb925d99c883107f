"""What the simulated gateway does wrong on request, so that the caller's care can be tested over real HTTP."""

from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = (
    "status",  # answers with `status`, and Retry-After when given
    "error_object",  # 200 with an `error` object whose code is `status`
    "hang",  # never answers
    "reset",  # closes the connection
    "html",  # 200 with a web page
    "truncated",  # 200 with JSON cut in half
    "bad_text",  # an answer with characters that no database takes
    "empty",  # an empty answer, which is charged
    "reasoning_only",  # content null, only reasoning
    "huge",  # 20 MiB
    "whitespace",  # a slow stream of spaces
    "other_model",  # the answer comes from another model
    "overcharge",  # the right answer at `factor` times the price
    "no_cost",  # an answer without a cost
)


@dataclass(slots=True)
class Fault:
    """A fault for the calls of `model` ("*": of all), `times` times (None: always)."""

    kind: str
    model: str = "*"
    times: int | None = None
    status: int = 500
    retry_after: str = ""
    factor: int = 10

    @classmethod
    def parse(cls, fields: dict[str, Any]) -> "Fault":
        """Return the fault that `fields` describe. Raises ValueError."""
        if fields.get("kind") not in KINDS:
            raise ValueError(f"kind {fields.get('kind')!r} is none of {', '.join(KINDS)}")
        try:
            return cls(**fields)
        except TypeError as error:
            raise ValueError(str(error)) from None

    def takes(self, model: str) -> bool:
        """Return whether this fault befalls a call of `model`, and count it."""
        if self.model not in ("*", model) or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True
