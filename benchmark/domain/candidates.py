"""Which catalogue models are candidates: each model is one, or has exactly one stated reason not to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from benchmark.domain.cost_band import CostBand
from benchmark.domain.cost_record import CostRecord

VIRTUAL_IDS: Final = frozenset({"openrouter/auto"})
VIRTUAL_PREFIXES: Final = ("kilo-auto/",)
CUSTOM_PREFIXES: Final = ("kilo-internal/",)


class Reason(StrEnum):
    """Why a model is no candidate. The first that applies, in this order, is the one stated."""

    INACTIVE = "inactive"
    VIRTUAL = "virtual"
    CUSTOM = "custom"
    NO_COST = "no_cost"
    BELOW_BAND = "below_band"
    ABOVE_BAND = "above_band"


@dataclass(frozen=True, slots=True)
class Candidate:
    id: str
    avg_attempt_cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Rejection:
    id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class CandidateRule:
    """The band, and the configured id prefixes of virtual and custom models besides the built-in ones."""

    band: CostBand
    virtual_prefixes: tuple[str, ...] = ()
    custom_prefixes: tuple[str, ...] = ()

    def judge(self, record: CostRecord) -> Candidate | Rejection:
        """Return `record` as a candidate, or the one reason why it is none."""
        reason = self._reason(record)
        if reason is not None:
            return Rejection(record.id, reason)
        assert record.avg_attempt_cost_usd is not None
        return Candidate(record.id, record.avg_attempt_cost_usd)

    def candidates(self, records: Iterable[CostRecord]) -> list[Candidate]:
        """Return the candidates among `records`: cost descending, then id."""
        judged = (self.judge(record) for record in records)
        return sorted((c for c in judged if isinstance(c, Candidate)), key=lambda c: (-c.avg_attempt_cost_usd, c.id))

    def _reason(self, record: CostRecord) -> Reason | None:
        if not record.is_active:
            return Reason.INACTIVE
        if record.has_auto_routing or is_virtual(record.id, self.virtual_prefixes):
            return Reason.VIRTUAL
        if record.id.startswith((*CUSTOM_PREFIXES, *self.custom_prefixes)):
            return Reason.CUSTOM
        cost = record.avg_attempt_cost_usd
        if cost is None:
            return Reason.NO_COST
        if cost in self.band:
            return None
        return Reason.BELOW_BAND if cost < self.band.min_usd else Reason.ABOVE_BAND


def is_virtual(model_id: str, virtual_prefixes: tuple[str, ...] = ()) -> bool:
    """Return whether `model_id` names a router, which must never be routed to."""
    return model_id in VIRTUAL_IDS or model_id.startswith((*VIRTUAL_PREFIXES, *virtual_prefixes))
