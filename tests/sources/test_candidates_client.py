"""Candidates from another deployment: taken only when the whole answer is in shape and in the band."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from benchmark.domain.candidates import Candidate
from benchmark.domain.cost_band import CostBand
from benchmark.sources.candidates_client import fetch_candidates
from benchmark.sources.fetch import FetchError

BAND = CostBand(Decimal(15), Decimal("25.50"))
URL = "https://ada:pass-word@other.example/candidates"


def fetch(answer: Any, requests: list[httpx.Request] | None = None, url: str = URL) -> list[Candidate]:
    def serve(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    return fetch_candidates(url, "bearer-secret", BAND, transport=httpx.MockTransport(serve))


def candidate(model_id: Any = "a/b", cost: Any = 20) -> dict[str, Any]:
    return {"id": model_id, "avgAttemptCostUsd": cost}


def test_candidates_are_taken_with_exact_costs() -> None:
    found = fetch({"candidates": [candidate("a/b", 20.65), candidate("c/d", 15), candidate("e/f", 25.5)]})

    assert found == [
        Candidate("a/b", Decimal("20.65")),
        Candidate("c/d", Decimal(15)),
        Candidate("e/f", Decimal("25.5")),
    ]


def test_the_band_is_asked_for_with_the_bearer_secret() -> None:
    requests: list[httpx.Request] = []

    fetch({"candidates": []}, requests, "https://other.example/candidates")

    assert dict(requests[0].url.params) == {"minCostUsd": "15", "maxCostUsd": "25.50"}
    assert requests[0].headers["Authorization"] == "Bearer bearer-secret"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], 'must be {"candidates": [...]}'),
        ({"candidates": None}, 'must be {"candidates": [...]}'),
        ({"error": "no"}, 'must be {"candidates": [...]}'),
        ({"candidates": ["a/b"]}, "a candidate that is no object"),
        ({"candidates": [{}]}, "without a usable id (no_id)"),
        ({"candidates": [candidate("x" * 10_000)]}, "without a usable id (id_too_long)"),
        ({"candidates": [candidate("a\x00b")]}, "without a usable id (id_not_printable)"),
        ({"candidates": [{"id": "a/b"}]}, "a/b costs 'None'"),
        ({"candidates": [candidate(cost="20")]}, "a/b costs '20', outside the band"),
        ({"candidates": [candidate(cost=True)]}, "a/b costs 'True'"),
        ({"candidates": [candidate(cost=14.99)]}, "a/b costs '14.99'"),
        ({"candidates": [candidate(cost=25.51)]}, "a/b costs '25.51'"),
        ({"candidates": [candidate(cost=-20)]}, "a/b costs '-20'"),
        (b'{"candidates": [{"id": "a/b", "avgAttemptCostUsd": NaN}]}', "a/b costs 'NaN'"),
        (b'{"candidates": [{"id": "a/b", "avgAttemptCostUsd": 1e999999}]}', "a/b costs '1E+999999'"),
        ({"candidates": [candidate(), candidate()]}, "names a candidate twice"),
        ({"candidates": [candidate("kilo-auto/best")]}, "kilo-auto/best is a virtual model"),
        (b"<html>", "not JSON"),
    ],
)
def test_an_answer_out_of_shape_is_refused_as_a_whole(answer: Any, said: str) -> None:
    with pytest.raises(FetchError) as refused:
        fetch(answer)

    message = str(refused.value)
    assert message.startswith("https://other.example/candidates: ")
    assert said in message
    assert "pass-word" not in message
    assert "bearer-secret" not in message
    assert len(message) < 300
