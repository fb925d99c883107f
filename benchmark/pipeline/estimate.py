"""What measuring would cost, before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from benchmark.domain.golden_case import GoldenCase
from benchmark.golden.loader import golden_set
from benchmark.models.config import BenchmarkConfig
from benchmark.models.run import RunEntry

# A token is about four characters of English and code; an answer about a quarter of its limit, thinking included.
CHARACTERS_PER_TOKEN: Final = 4
MEDIAN_OUTPUT_SHARE: Final = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Calls to send, and their cost in USD: median and worst case. `unpriced` models are not in the figures' basis:

    each of their calls counts at the configured reserve in both.
    """

    calls: int
    median_usd: Decimal
    worst_usd: Decimal
    unpriced: tuple[str, ...]


def estimate(entries: Iterable[RunEntry], config: BenchmarkConfig) -> Estimate:
    """Return the estimate for measuring `entries` (saved or not) on the whole golden set."""
    cases, reserve = golden_set().cases, config.unpriced_call_reserve_usd
    entries = list(entries)
    median = sum((_median_usd(entry, case, reserve) for entry in entries for case in cases), Decimal(0))
    worst = sum((entry.worst_case_usd(case, reserve) for entry in entries for case in cases), Decimal(0))
    return Estimate(
        calls=len(entries) * len(cases) * config.repetitions,
        median_usd=median * config.repetitions,
        worst_usd=worst * config.repetitions,
        unpriced=tuple(entry.model for entry in entries if not entry.is_priced),
    )


def _median_usd(entry: RunEntry, case: GoldenCase, reserve_usd: Decimal) -> Decimal:
    if entry.prompt_price_usd is None or entry.completion_price_usd is None:
        return reserve_usd
    prompt_tokens = Decimal(len(case.system_prompt) + len(case.prompt)) / CHARACTERS_PER_TOKEN
    output_tokens = case.max_output_tokens * MEDIAN_OUTPUT_SHARE
    return prompt_tokens * entry.prompt_price_usd + output_tokens * entry.completion_price_usd
