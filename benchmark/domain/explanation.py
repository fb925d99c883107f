"""What a decision did with each ranked model, and the numbers that it compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from benchmark.domain.decision import Decision, Drop, Mode, RankedModel, Reason, Request, dropped


class Fate(StrEnum):
    CHOSEN = "chosen"
    PASSED_OVER = "passed_over"
    DROPPED = "dropped"


class PassedOver(StrEnum):
    """Why a candidate was not taken, where it is not the incumbent that the decision says why to leave."""

    RANKED_LOWER = "ranked_lower"
    LESS_ACCURATE = "less_accurate"
    SWITCH_NOT_WORTH_IT = "switch_not_worth_it"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One ranked model's fate. `reason` says why it was chosen, passed over or dropped."""

    model: RankedModel
    fate: Fate
    reason: Reason | PassedOver | Drop


@dataclass(frozen=True, slots=True)
class Comparison:
    """The incumbent against the fresh pick. `cost_ratio` is the incumbent's cost in fresh picks, None when that is free."""

    incumbent: RankedModel
    fresh: RankedModel
    cost_ratio: Decimal | None
    accuracy_gain: Decimal


def judge(ranked: Sequence[RankedModel], request: Request, decision: Decision) -> list[Judgement]:
    """Return what became of each of `ranked`, in the same order."""
    drops = dropped(ranked, request)
    return [
        Judgement(model, Fate.DROPPED, drops[model.model])
        if model.model in drops
        else _judge_candidate(model, request, decision)
        for model in ranked
    ]


def compare(ranked: Sequence[RankedModel], decision: Decision, request: Request) -> Comparison | None:
    """Return the incumbent's numbers beside the fresh pick's; None without either in the route."""
    incumbent = next((model for model in ranked if model.model == request.incumbent), None)
    fresh = decision.fresh
    if incumbent is None or fresh is None:
        return None
    ratio = incumbent.avg_cost_usd / fresh.avg_cost_usd if fresh.avg_cost_usd else None
    return Comparison(incumbent, fresh, ratio, fresh.accuracy - incumbent.accuracy)


def _judge_candidate(model: RankedModel, request: Request, decision: Decision) -> Judgement:
    if model is decision.chosen:
        return Judgement(model, Fate.CHOSEN, decision.reason)
    return Judgement(model, Fate.PASSED_OVER, _why_passed_over(model, request, decision))


def _why_passed_over(model: RankedModel, request: Request, decision: Decision) -> Reason | PassedOver:
    if model.model == request.incumbent:
        return decision.reason
    if model is decision.fresh:
        return PassedOver.SWITCH_NOT_WORTH_IT
    assert decision.fresh is not None
    if request.mode is Mode.BEST_ACCURACY and model.accuracy < decision.fresh.accuracy:
        return PassedOver.LESS_ACCURATE
    return PassedOver.RANKED_LOWER
