"""What asks a model one question: the protocol, and the one tree of errors.

RunnerError
├── TransientError     may go away: asked again later, in bounded number
│   └── RateLimited    the gateway asked for fewer calls
├── PermanentError     the next call would fail too
└── TimeLimitExceeded  the model took longer than the case allows
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """One call. `time_limit_s` bounds the whole of it, in seconds."""

    model: str
    reasoning_effort: str | None
    system_prompt: str
    prompt: str
    max_output_tokens: int
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `content` may be empty; a token count or cost (USD) that the gateway did not state is None."""

    content: str
    latency_ms: int
    cost_usd: Decimal | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    served_model: str = ""
    provider: str = ""


class RunnerError(Exception):
    """No reply. `maybe_billed`: the gateway may charge for the call all the same."""

    def __init__(self, reason: str, *, maybe_billed: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason[:300]
        self.maybe_billed = maybe_billed
        self.retry_after_s = retry_after_s


class TransientError(RunnerError):
    pass


class RateLimited(TransientError):
    pass


class PermanentError(RunnerError):
    pass


class TimeLimitExceeded(RunnerError):
    pass


class Runner(Protocol):
    """Asks questions. `identity` is part of what a measurement depends on; `is_simulated` marks made-up answers."""

    identity: str
    is_simulated: bool

    async def ask(self, question: Question) -> Reply:
        """Return the model's reply. Raises RunnerError."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
