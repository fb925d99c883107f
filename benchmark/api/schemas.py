"""The answers' shapes, for the OpenAPI document. Later versions only ever add to them."""

from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from benchmark.domain.decision import Drop, Mode, Reason
from benchmark.domain.explanation import Fate, PassedOver
from benchmark.domain.routing_table import Source
from benchmark.models.run import RunState

Time = Annotated[str, Field(examples=["2026-06-17T05:00:00Z"], json_schema_extra={"format": "date-time"})]
Share = Annotated[float, Field(ge=0, le=1)]
Usd = Annotated[float, Field(ge=0)]
Version = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Answer(Schema):
    model_config = ConfigDict(alias_generator=to_camel)


class ErrorAnswer(Answer):
    """Any failure."""

    error: str


class RouteError(ErrorAnswer):
    """A request of decide that can't be answered; with the routes there are, when it named none of them."""

    routes: list[str] = []


class CandidateAnswer(Answer):
    id: str
    avg_attempt_cost_usd: Usd


class CandidatesAnswer(Answer):
    """Cost descending, then id. Costs are USD per attempt: one pass over the whole published benchmark."""

    candidates: list[CandidateAnswer]
    min_cost_usd: Usd
    max_cost_usd: Usd
    generated_at: Time


class RankedAnswer(Answer):
    """One ranked model of a route. The accuracy comes with its 95 % Wilson interval; the cost is USD per case."""

    model: str
    reasoning_effort: str | None
    accuracy: Share
    accuracy_low: Share
    accuracy_high: Share
    avg_cost_usd: Usd
    cases: int
    meets_threshold: bool


class TableAnswer(Answer):
    """Per route the models, best first. `source` is simulation when the simulated gateway answered any of it."""

    version: Version
    generated_at: Time
    min_accuracy: Share
    switch_cost_factor: float
    best_accuracy_switch_threshold: Share
    source: Source
    run_id: int
    routes: dict[str, list[RankedAnswer]]


class LiveTableAnswer(Answer):
    """The live table; both null while none was ever published."""

    table: TableAnswer | None
    published_at: Time | None


class OneTableAnswer(Answer):
    table: TableAnswer


class TableEntry(Answer):
    version: Version
    generated_at: Time
    published_at: Time | None = Field(description="When it last became the live table; null when it never was.")
    source: Source
    run_id: int
    is_live: bool
    is_pinned: bool


class TablesAnswer(Answer):
    tables: list[TableEntry]
    next: int | None = Field(description="What to pass as `before` for the tables that follow; null at the end.")


class ChosenAnswer(RankedAnswer):
    rank: int
    is_sticky: bool


class JudgedAnswer(RankedAnswer):
    rank: int
    fate: Fate
    reason: Reason | PassedOver | Drop
    usd_per_correct: Usd | None
    input_modalities: list[str] | None
    context_length: int | None


class ComparisonAnswer(Answer):
    """The incumbent beside what would be picked without one; `costRatio` is null when the fresh pick is free."""

    incumbent: str
    fresh_pick: str
    incumbent_cost_usd: Usd
    fresh_pick_cost_usd: Usd
    cost_ratio: float | None
    incumbent_accuracy: Share
    fresh_pick_accuracy: Share
    accuracy_gain: float


class ExplanationAnswer(Answer):
    mode: Mode
    incumbent: str | None
    min_accuracy: Share
    switch_cost_factor: float
    best_accuracy_switch_threshold: Share
    comparison: ComparisonAnswer | None
    candidates: list[JudgedAnswer]


class DecideAnswer(Answer):
    """`decision` is null when nothing is live or no model of the route may serve: use your own fallback then."""

    decision: ChosenAnswer | None
    reason: Reason | Literal["no_live_table"]
    route: str
    table_version: Version | None
    run_id: int | None
    stale: bool = Field(description="The database is away, so a newer table may be live.")
    explanation: ExplanationAnswer | None = Field(None, description="Only where it was asked for.")


class DecideBatchAnswer(Answer):
    decisions: list[DecideAnswer]


class RunAnswer(Answer):
    """Counts of case results and entries, cost so far and cap in USD; null is unknown, or no cap."""

    id: int
    state: RunState
    purpose: str
    source: Source
    started_at: Time
    progressed_at: Time
    finished_at: Time | None
    reason: str
    publication: str
    publication_detail: str
    total: int
    done: int
    in_flight: int
    entries: dict[str, int]
    spent_usd: Usd
    max_cost_usd: Usd | None
    per_second: float | None
    seconds_left: float | None


class HealthAnswer(Answer):
    status: str


class ReadyAnswer(Answer):
    status: str
    database: str
    redis: str


ERRORS: Final[dict[Any, Any]] = {401: ErrorAnswer, 429: ErrorAnswer, 503: ErrorAnswer}
