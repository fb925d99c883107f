"""Candidates from another deployment's endpoint, so that one deployment needs no feed of its own."""

from decimal import Decimal
from typing import Any

import httpx

from benchmark.domain.candidates import Candidate, is_virtual
from benchmark.domain.cost_band import CostBand
from benchmark.sources.cost_feed import MalformedModel, parse_id
from benchmark.sources.fetch import FetchError, fetch_json, public_url


def fetch_candidates(
    url: str, secret: str, band: CostBand, *, transport: httpx.BaseTransport | None = None
) -> list[Candidate]:
    """Return the candidates that `url` states for `band`. Raises FetchError, also on any answer out of shape or band."""
    params = {"minCostUsd": f"{band.min_usd:f}", "maxCostUsd": f"{band.max_usd:f}"}
    document = fetch_json(url, bearer=secret, params=params, transport=transport)
    source = public_url(url)
    rows = document.get("candidates") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise FetchError(f'{source}: must be {{"candidates": [...]}}')
    by_id = {candidate.id: candidate for candidate in (_parse(row, band, source) for row in rows)}
    if len(by_id) < len(rows):
        raise FetchError(f"{source}: names a candidate twice")
    return list(by_id.values())


def _parse(row: Any, band: CostBand, source: str) -> Candidate:
    if not isinstance(row, dict):
        raise FetchError(f"{source}: a candidate that is no object")
    try:
        model_id = parse_id(row.get("id"))
    except MalformedModel as error:
        raise FetchError(f"{source}: a candidate without a usable id ({error.reason})") from None
    cost = row.get("avgAttemptCostUsd")
    if isinstance(cost, bool) or not isinstance(cost, int | Decimal) or Decimal(cost) not in band:
        raise FetchError(f"{source}: {model_id[:100]} costs {str(cost)[:40]!r}, outside the band that was asked for")
    if is_virtual(model_id):
        raise FetchError(f"{source}: {model_id[:100]} is a virtual model")
    return Candidate(model_id, Decimal(cost))
