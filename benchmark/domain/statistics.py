"""Mean, percentile and Wilson interval. None where there is no data."""

from collections.abc import Sequence
from decimal import Decimal
from math import sqrt
from typing import Final

Z_95: Final = 1.959963984540054


def mean_usd(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """Return the mean in USD, rounded to 10 digits; None when there is none or any is unknown."""
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        return None
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("1e-10"))


def mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


def percentile(values: Sequence[int], percent: float) -> float | None:
    """Return the percentile with linear interpolation between ranks (Hyndman and Fan 1996, type 7)."""
    if not values:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float] | None:
    """Return the score interval of a proportion (Wilson 1927, JASA 22:209-212), 95 % by default."""
    if trials == 0:
        return None
    p, z2 = successes / trials, z * z
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    margin = z / (1 + z2 / trials) * sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - margin)
    high = 1.0 if successes == trials else min(1.0, centre + margin)
    return low, high
