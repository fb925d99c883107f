"""A decision's explanation in the API's form."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.domain.decision import Decision, RankedModel, Request
from benchmark.domain.explanation import Comparison, Judgement, compare, judge
from benchmark.domain.routing_table import Policy


def explanation(
    ranked: Sequence[RankedModel],
    published: Sequence[Mapping[str, Any]],
    policy: Policy,
    request: Request,
    decision: Decision,
) -> dict[str, Any]:
    """Return what was asked, the rules' numbers, and every ranked model's fate beside its published numbers."""
    comparison = compare(ranked, decision, request)
    judgements = judge(ranked, request, decision)
    return {
        "mode": request.mode.value,
        "incumbent": request.incumbent,
        "minAccuracy": float(policy.min_accuracy),
        "switchCostFactor": float(policy.switch_cost_factor),
        "bestAccuracySwitchThreshold": float(policy.best_accuracy_switch_threshold),
        "comparison": _comparison(comparison) if comparison else None,
        "candidates": [
            {**numbers, **_fate(judgement)} for numbers, judgement in zip(published, judgements, strict=True)
        ],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    ratio = comparison.cost_ratio
    return {
        "incumbent": comparison.incumbent.model,
        "freshPick": comparison.fresh.model,
        "incumbentCostUsd": float(comparison.incumbent.avg_cost_usd),
        "freshPickCostUsd": float(comparison.fresh.avg_cost_usd),
        "costRatio": None if ratio is None else float(ratio),
        "incumbentAccuracy": float(comparison.incumbent.accuracy),
        "freshPickAccuracy": float(comparison.fresh.accuracy),
        "accuracyGain": float(comparison.accuracy_gain),
    }


def _fate(judgement: Judgement) -> dict[str, Any]:
    model = judgement.model
    per_correct = float(model.avg_cost_usd / model.accuracy) if model.accuracy else None
    modalities = model.capabilities.input_modalities
    return {
        "rank": model.rank,
        "fate": judgement.fate.value,
        "reason": judgement.reason.value,
        "usdPerCorrect": per_correct,
        "inputModalities": None if modalities is None else sorted(modalities),
        "contextLength": model.capabilities.context_length,
    }
