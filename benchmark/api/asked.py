"""What a router may ask of `decide`, as strictly typed as it is documented."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from benchmark.domain.decision import Mode, Request
from benchmark.domain.taxonomy import ROUTES

MAX_BATCH: Final = 1000
ModelId = Annotated[str, Field(min_length=1, max_length=255)]
Word = Annotated[str, Field(min_length=1, max_length=64)]

_ONE: Final[JsonDict] = {
    "route": "debugging/bug_fixing",
    "incumbent": "acme/steady",
    "denied": ["acme/swift"],
    "mode": "cost_per_accuracy",
    "requiredModalities": ["text"],
    "promptTokens": 12000,
    "explain": True,
}


class UnknownRoute(ValueError):
    """A route that is none of the 18; the message names it."""


class DecideRequest(BaseModel):
    """One decision to make: `route`, or `taskType` and `subtype`; all else is optional."""

    # A misspelt "denied" must not pass as a request that denies nothing.
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        json_schema_extra={"examples": [_ONE, {"taskType": "debugging", "subtype": "bug_fixing"}]},
    )

    route: Word | None = Field(None, description="A route key, e.g. debugging/bug_fixing.")
    task_type: Word | None = Field(None, description="With subtype, instead of route.")
    subtype: Word | None = Field(None, description="With taskType, instead of route.")
    incumbent: ModelId | None = Field(None, description="The model in use, which is left only with a reason.")
    denied: frozenset[ModelId] = Field(frozenset(), max_length=1000, description="Model ids that must not be chosen.")
    mode: Mode = Mode.COST_PER_ACCURACY
    required_modalities: frozenset[Word] = Field(
        frozenset(), max_length=20, description="Input modalities that the model must be known to take."
    )
    prompt_tokens: int | None = Field(None, ge=0, le=10**9, strict=True, description="An estimate of the prompt.")
    explain: bool = Field(False, strict=True, description="Say what became of every ranked model.")

    def route_key(self) -> str:
        """Return the route asked for. Raises UnknownRoute, also when it is named twice or not at all."""
        parts = self.task_type, self.subtype
        if self.route is not None and parts != (None, None):
            raise UnknownRoute("Name the route by route, or by taskType and subtype, not by both.")
        key = self.route if self.route is not None else f"{self.task_type}/{self.subtype}"
        if key not in ROUTE_KEYS:
            named = "Name a route" if (self.route, *parts) == (None, None, None) else f"There is no route {key!r}"
            raise UnknownRoute(f"{named}: one of those listed, or its taskType and subtype.")
        return key

    def request(self) -> Request:
        """Return the request as the decision's rules take it."""
        return Request(
            incumbent=self.incumbent,
            denied=self.denied,
            mode=self.mode,
            required_modalities=frozenset(map(str.lower, self.required_modalities)),
            prompt_tokens=self.prompt_tokens or 0,
        )


class DecideBatch(BaseModel):
    """Several decisions at once, answered in their order from one table."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"requests": [_ONE, {"route": "refactoring/migration"}]}]},
    )

    requests: list[DecideRequest] = Field(min_length=1, max_length=MAX_BATCH)


ROUTE_KEYS: Final = frozenset(ROUTES)
