"""One model's published cost and capabilities, as a feed states them. Unknown is None, never 0."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CostRecord:
    """A catalogue model. Prices are USD per token; `avg_attempt_cost_usd` is USD per pass over the whole suite."""

    id: str
    name: str
    context_length: int | None = None
    prompt_price_usd: Decimal | None = None
    completion_price_usd: Decimal | None = None
    cache_read_price_usd: Decimal | None = None
    input_modalities: tuple[str, ...] | None = None
    output_modalities: tuple[str, ...] | None = None
    supported_parameters: tuple[str, ...] | None = None
    is_free: bool | None = None
    has_auto_routing: bool = False
    score: Decimal | None = None
    avg_attempt_cost_usd: Decimal | None = None
    is_active: bool = True
