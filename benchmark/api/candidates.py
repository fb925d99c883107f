"""GET /api/internal/auto-routing-benchmark/decider-candidates: the catalogue models within a cost band."""

from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from benchmark.api.responses import error_answer, json_answer
from benchmark.domain.candidates import CandidateRule
from benchmark.domain.cost_band import CostBand, CostBandError, parse_bound
from benchmark.domain.routing_table import iso_utc
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig

PARAMETERS: Final = {"min": "minCostUsd", "max": "maxCostUsd"}


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """Return the candidates, or 400 that names the parameter at fault."""
    config = BenchmarkConfig.load()
    try:
        band = _band(request.GET, config.band)
    except CostBandError as error:
        return error_answer(HTTPStatus.BAD_REQUEST, f"{PARAMETERS[error.bound]}: {error}"[:300])
    return json_answer(_listing(replace(config.candidate_rule, band=band)), Cache_Control="private, no-cache")


def _band(parameters: QueryDict, saved: CostBand) -> CostBand:
    """Return the band that was asked for; a bound left out is the saved one. Raises CostBandError."""
    return CostBand(_bound(parameters, "min", saved.min_usd), _bound(parameters, "max", saved.max_usd))


def _bound(parameters: QueryDict, bound: str, saved: Decimal) -> Decimal:
    text = parameters.get(PARAMETERS[bound])
    return saved if text is None else parse_bound(bound, text)


def _listing(rule: CandidateRule) -> dict[str, Any]:
    found = rule.candidates(CatalogueModel.objects.judgeable_near(rule.band))
    return {
        "candidates": [{"id": c.id, "avgAttemptCostUsd": float(c.avg_attempt_cost_usd)} for c in found],
        "minCostUsd": float(rule.band.min_usd),
        "maxCostUsd": float(rule.band.max_usd),
        "generatedAt": iso_utc(timezone.now()),
    }
