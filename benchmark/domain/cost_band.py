"""The band of average attempt costs that makes a model a candidate. Inclusive, compared as exact decimals."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

MAX_BOUND_USD: Final = Decimal("1000000")


class CostBandError(ValueError):
    """A bound that makes no sense; `bound` is "min" or "max", the message names the value."""

    def __init__(self, bound: str, message: str) -> None:
        super().__init__(message)
        self.bound = bound


@dataclass(frozen=True, slots=True)
class CostBand:
    """`min_usd` <= cost <= `max_usd`, in USD per attempt. Raises CostBandError on bounds that make no sense."""

    min_usd: Decimal
    max_usd: Decimal

    def __post_init__(self) -> None:
        for bound, value in (("min", self.min_usd), ("max", self.max_usd)):
            if not value.is_finite() or value < 0 or value > MAX_BOUND_USD:
                raise CostBandError(bound, f"{str(value)[:60]} is not an amount from 0 to {MAX_BOUND_USD} USD")
        if self.min_usd > self.max_usd:
            raise CostBandError("min", f"{self.min_usd} is above the upper bound {self.max_usd}")

    def __contains__(self, cost_usd: Decimal) -> bool:
        return self.min_usd <= cost_usd <= self.max_usd


def parse_bound(bound: str, text: str) -> Decimal:
    """Return the bound that `text` states, in USD. Raises CostBandError naming `bound`."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise CostBandError(bound, f"{text[:60]!r} is not a number") from None
    if not value.is_finite() or value < 0:
        raise CostBandError(bound, f"{text[:60]!r} is not a finite number >= 0")
    return value
