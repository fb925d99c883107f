"""Where the catalogue's models lie by cost: one line from nothing to the dearest, with the band on it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import log1p
from typing import Final

from benchmark.domain.cost_band import CostBand

# Ticks nearer to each other than this share of the line would be one on the screen.
STEP_PERCENT: Final = 0.25
NAMED_PER_TICK: Final = 5
LABELS_USD: Final = (0, 1, 3, 10, 30, 100, 300, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Tick:
    """Models at (nearly) one cost; `at` is in percent of the line."""

    at: float
    title: str
    is_in_band: bool


@dataclass(frozen=True, slots=True)
class CostStrip:
    """Ticks and dollar labels at percents of the line, and the band's left end and width."""

    ticks: tuple[Tick, ...]
    labels: tuple[tuple[float, str], ...]
    band_at: float
    band_width: float


def draw_strip(costs: Iterable[tuple[str, Decimal]], band: CostBand) -> CostStrip:
    """Return the strip of (model id, USD per attempt), logarithmic so that cheap models do not all fall together."""
    costs = list(costs)
    top = max([Decimal(1), band.max_usd, *(cost for _, cost in costs)])

    def at(usd: Decimal | int) -> float:
        return round(100 * log1p(float(usd)) / log1p(float(top)), 3)

    grouped: dict[tuple[float, bool], list[tuple[str, Decimal]]] = defaultdict(list)
    for model, cost in sorted(costs, key=lambda pair: (pair[1], pair[0])):
        grouped[(round(at(cost) / STEP_PERCENT) * STEP_PERCENT, cost in band)].append((model, cost))
    return CostStrip(
        ticks=tuple(Tick(place, _title(models), inside) for (place, inside), models in grouped.items()),
        labels=tuple((at(usd), f"${usd:,}") for usd in LABELS_USD if usd <= top),
        band_at=at(band.min_usd),
        band_width=at(band.max_usd) - at(band.min_usd),
    )


def _title(models: list[tuple[str, Decimal]]) -> str:
    named = [f"{model} ${cost:.2f}" for model, cost in models[:NAMED_PER_TICK]]
    more = len(models) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
