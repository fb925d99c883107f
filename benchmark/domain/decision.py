"""A route's ranked models and one request -> the model to use, and why. Pure: the same input gives the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from benchmark.domain.routing_table import Policy, TableCandidate


class Mode(StrEnum):
    COST_PER_ACCURACY = "cost_per_accuracy"
    BEST_ACCURACY = "best_accuracy"


class Reason(StrEnum):
    """Why the decision is what it is. COST to DENIED say why a router should leave its incumbent."""

    FRESH = "fresh"
    STICKY = "sticky"
    COST = "cost"
    ACCURACY = "accuracy"
    THRESHOLD = "threshold"
    CAPABILITY = "capability"
    DENIED = "denied"
    NO_CANDIDATE = "no_candidate"


class Drop(StrEnum):
    """Why a ranked model is no candidate for a request. The first that applies, in this order, is the one stated."""

    DENIED = "denied"
    VIRTUAL = "virtual"
    MODALITY = "modality"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the catalogue knows of a model; None is unknown."""

    input_modalities: frozenset[str] | None = None
    context_length: int | None = None


UNKNOWN: Final = Capabilities()


@dataclass(frozen=True, slots=True)
class RankedModel:
    """One model of a route. The accuracy is a share, exact as published; the cost is USD per case."""

    rank: int
    model: str
    reasoning_effort: str | None
    accuracy: Decimal
    avg_cost_usd: Decimal
    meets_threshold: bool
    capabilities: Capabilities = UNKNOWN
    is_virtual: bool = False

    @classmethod
    def of(cls, rank: int, candidate: TableCandidate, capabilities: Capabilities, *, is_virtual: bool) -> "RankedModel":
        return cls(
            rank=rank,
            model=candidate.model,
            reasoning_effort=candidate.reasoning_effort,
            # As text, since 0.9 - 0.85 is more than 0.05 among floats.
            accuracy=Decimal(str(round(candidate.accuracy, 6))),
            avg_cost_usd=candidate.avg_cost_usd,
            meets_threshold=candidate.meets_threshold,
            capabilities=capabilities,
            is_virtual=is_virtual,
        )

    def takes(self, modalities: frozenset[str]) -> bool:
        """Return whether the model is known to take all of `modalities`."""
        known = self.capabilities.input_modalities
        return known is not None and modalities <= known

    def holds(self, prompt_tokens: int) -> bool:
        """Return whether the prompt fits, as far as is known."""
        known = self.capabilities.context_length
        return known is None or known >= prompt_tokens


@dataclass(frozen=True, slots=True)
class Request:
    """What a router asks. `prompt_tokens` 0 means that any context will do."""

    incumbent: str | None = None
    denied: frozenset[str] = frozenset()
    mode: Mode = Mode.COST_PER_ACCURACY
    required_modalities: frozenset[str] = frozenset()
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """`chosen` is None when no model of the route is a candidate: the router then uses its own fallback.

    `fresh` is what would be picked without an incumbent.
    """

    chosen: RankedModel | None
    reason: Reason
    fresh: RankedModel | None


def decide(ranked: Sequence[RankedModel], policy: Policy, request: Request) -> Decision:
    """Return the decision among a route's models, which come in the order of their rank."""
    kept = candidates(ranked, request)
    if not kept:
        return Decision(None, Reason.NO_CANDIDATE, None)
    fresh = _fresh_pick(kept, request.mode)
    if request.incumbent is None:
        return Decision(fresh, Reason.FRESH, fresh)
    incumbent = next((model for model in kept if model.model == request.incumbent), None)
    if incumbent is None:
        return Decision(fresh, _why_gone(ranked, request), fresh)
    if not incumbent.meets_threshold:
        return Decision(fresh, Reason.FRESH if fresh is incumbent else Reason.THRESHOLD, fresh)
    if reason := _reason_to_switch(incumbent, fresh, policy, request.mode):
        return Decision(fresh, reason, fresh)
    return Decision(incumbent, Reason.STICKY, fresh)


def candidates(ranked: Sequence[RankedModel], request: Request) -> list[RankedModel]:
    """Return the models that may serve the request, in their order.

    Where no context is known to be large enough, and none is unknown, the largest stay: better a try than none.
    """
    kept = [model for model in ranked if model.model not in request.denied and not model.is_virtual]
    if modalities := request.required_modalities:
        kept = [model for model in kept if model.takes(modalities)]
    if tokens := request.prompt_tokens:
        kept = [model for model in kept if model.holds(tokens)] or _largest(kept)
    return kept


def dropped(ranked: Sequence[RankedModel], request: Request) -> Mapping[str, Drop]:
    """Return why each model that is no candidate is none, by model id."""
    kept = {model.model for model in candidates(ranked, request)}
    return {model.model: _drop(model, request) for model in ranked if model.model not in kept}


def _drop(model: RankedModel, request: Request) -> Drop:
    if model.model in request.denied:
        return Drop.DENIED
    if model.is_virtual:
        return Drop.VIRTUAL
    if request.required_modalities and not model.takes(request.required_modalities):
        return Drop.MODALITY
    return Drop.CONTEXT


def _largest(models: list[RankedModel]) -> list[RankedModel]:
    """Return the models of the largest context; all contexts are known here."""
    largest = max((model.capabilities.context_length or 0 for model in models), default=0)
    return [model for model in models if model.capabilities.context_length == largest]


def _fresh_pick(kept: list[RankedModel], mode: Mode) -> RankedModel:
    """Return the first by rank, or the most accurate (of equals, the first by rank)."""
    if mode is Mode.BEST_ACCURACY:
        return max(kept, key=lambda model: model.accuracy)
    return kept[0]


def _why_gone(ranked: Sequence[RankedModel], request: Request) -> Reason:
    """Return why the incumbent is no candidate. One that the route does not rank is not proven good enough there."""
    assert request.incumbent is not None
    if request.incumbent in request.denied:
        return Reason.DENIED
    why = dropped(ranked, request).get(request.incumbent)
    if why is None:
        return Reason.THRESHOLD
    return Reason.DENIED if why is Drop.VIRTUAL else Reason.CAPABILITY


def _reason_to_switch(incumbent: RankedModel, fresh: RankedModel, policy: Policy, mode: Mode) -> Reason | None:
    if mode is Mode.BEST_ACCURACY:
        gain = fresh.accuracy - incumbent.accuracy
        return Reason.ACCURACY if gain > policy.best_accuracy_switch_threshold else None
    return Reason.COST if fresh.avg_cost_usd * policy.switch_cost_factor < incumbent.avg_cost_usd else None
