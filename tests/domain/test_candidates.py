from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.candidates import Candidate, CandidateRule, Reason, Rejection, is_virtual
from benchmark.domain.cost_band import CostBand
from benchmark.domain.cost_record import CostRecord

RULE = CandidateRule(CostBand(Decimal(15), Decimal(25)), ("acme-auto/",), ("acme-internal/",))


def record(model_id: str = "vendor/model", cost: str | None = "20", **fields: Any) -> CostRecord:
    return CostRecord(model_id, model_id, avg_attempt_cost_usd=None if cost is None else Decimal(cost), **fields)


@pytest.mark.parametrize("cost", ["15", "25", "20.65", "15.0000"])
def test_a_model_in_the_band_is_a_candidate(cost: str) -> None:
    assert RULE.judge(record(cost=cost)) == Candidate("vendor/model", Decimal(cost))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (record(is_active=False), Reason.INACTIVE),
        (record("kilo-auto/frontier"), Reason.VIRTUAL),
        (record("openrouter/auto"), Reason.VIRTUAL),
        (record("acme-auto/best"), Reason.VIRTUAL),
        (record(has_auto_routing=True), Reason.VIRTUAL),
        (record("kilo-internal/test"), Reason.CUSTOM),
        (record("acme-internal/test"), Reason.CUSTOM),
        (record(cost=None), Reason.NO_COST),
        (record(cost="14.99"), Reason.BELOW_BAND),
        (record(cost="0"), Reason.BELOW_BAND),
        (record(cost="25.99"), Reason.ABOVE_BAND),
    ],
)
def test_any_other_model_is_rejected_with_its_reason(model: CostRecord, reason: Reason) -> None:
    assert RULE.judge(model) == Rejection(model.id, reason)


@pytest.mark.parametrize(
    "model_id", ["openrouter/auto-2", "vendor/kilo-auto/x", "kilo-autos/x", "Kilo-Auto/x", "kilo-auto"]
)
def test_an_id_that_only_resembles_a_virtual_one_is_not_virtual(model_id: str) -> None:
    assert not is_virtual(model_id)
    assert isinstance(RULE.judge(record(model_id)), Candidate)


def test_where_several_reasons_apply_the_first_in_order_is_stated() -> None:
    worst = record("kilo-auto/x", cost=None, is_active=False, has_auto_routing=True)
    reasons = []

    for model in (
        worst,
        replace(worst, is_active=True),
        replace(worst, is_active=True, id="kilo-internal/x", has_auto_routing=False),
        replace(worst, is_active=True, id="v/x", has_auto_routing=False),
    ):
        judged = RULE.judge(model)
        assert isinstance(judged, Rejection)
        reasons.append(judged.reason)

    assert reasons == list(Reason)[:4]


def test_candidates_come_by_cost_descending_then_id() -> None:
    models = [record("b/x", "20"), record("a/x", "20.0"), record("c/x", "15"), record("d/x", "25"), record("e/x", "26")]

    assert [candidate.id for candidate in RULE.candidates(models)] == ["d/x", "a/x", "b/x", "c/x"]


@given(
    costs=st.lists(st.none() | st.decimals(0, 40, places=2), max_size=30),
    active=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_every_model_is_a_candidate_or_has_one_reason(costs: list[Decimal | None], active: list[bool]) -> None:
    models = [CostRecord(f"v/{n}", "", avg_attempt_cost_usd=cost, is_active=active[n]) for n, cost in enumerate(costs)]

    judged = [RULE.judge(model) for model in models]

    accepted = {one.id for one in judged if isinstance(one, Candidate)}
    assert accepted == {
        m.id for m in models if m.is_active and m.avg_attempt_cost_usd and 15 <= m.avg_attempt_cost_usd <= 25
    }
    assert accepted == {candidate.id for candidate in RULE.candidates(models)}
