"""The decision's rules, and what must hold of every decision whatever the table and the request."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.decision import (
    Capabilities,
    Decision,
    Drop,
    Mode,
    RankedModel,
    Reason,
    Request,
    decide,
    dropped,
)
from benchmark.domain.explanation import Fate, PassedOver, compare, judge
from benchmark.domain.routing_table import Policy

POLICY = Policy(Decimal("0.7"), Decimal(3), Decimal("0.05"))
BEST = Mode.BEST_ACCURACY


def ranked_models(*models: tuple[str, str, str]) -> list[RankedModel]:
    """Return models (id, accuracy, USD per case) as a route ranks them."""
    made = [
        RankedModel(0, name, None, Decimal(accuracy), Decimal(cost), Decimal(accuracy) >= POLICY.min_accuracy)
        for name, accuracy, cost in models
    ]
    return in_rank_order(made)


def in_rank_order(models: list[RankedModel]) -> list[RankedModel]:
    def key(model: RankedModel) -> tuple[object, ...]:
        if model.meets_threshold:
            return 0, model.avg_cost_usd / model.accuracy, -model.accuracy, model.model
        return 1, -model.accuracy, model.avg_cost_usd, model.model

    return [replace(model, rank=rank) for rank, model in enumerate(sorted(models, key=key), start=1)]


def able(model: RankedModel, *modalities: str, context: int | None = None) -> RankedModel:
    return replace(model, capabilities=Capabilities(frozenset(modalities), context))


CHEAP, DEAR, WEAK = ("a/cheap", "0.8", "0.01"), ("b/dear", "0.95", "0.04"), ("c/weak", "0.5", "0.001")
TABLE = ranked_models(CHEAP, DEAR, WEAK)


def chosen(decision: Decision) -> tuple[str | None, Reason]:
    return (decision.chosen.model if decision.chosen else None), decision.reason


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(), ("a/cheap", Reason.FRESH)),
        (Request(mode=BEST), ("b/dear", Reason.FRESH)),
        (Request(denied=frozenset({"a/cheap"})), ("b/dear", Reason.FRESH)),
        (Request(incumbent="a/cheap"), ("a/cheap", Reason.STICKY)),
        (Request(incumbent="b/dear"), ("a/cheap", Reason.COST)),
        (Request(incumbent="a/cheap", mode=BEST), ("b/dear", Reason.ACCURACY)),
        (Request(incumbent="c/weak"), ("a/cheap", Reason.THRESHOLD)),
        (Request(incumbent="d/never-measured"), ("a/cheap", Reason.THRESHOLD)),
        (Request(incumbent="b/dear", denied=frozenset({"b/dear"})), ("a/cheap", Reason.DENIED)),
        (Request(required_modalities=frozenset({"image"})), (None, Reason.NO_CANDIDATE)),
        (Request(denied=frozenset({"a/cheap", "b/dear", "c/weak"})), (None, Reason.NO_CANDIDATE)),
    ],
)
def test_the_rules_of_the_contract(request_: Request, expected: tuple[str | None, Reason]) -> None:
    assert chosen(decide(TABLE, POLICY, request_)) == expected


@pytest.mark.parametrize(("cost", "reason"), [("0.03", Reason.STICKY), ("0.0300000001", Reason.COST)])
def test_the_incumbent_stays_up_to_exactly_the_switch_factor(cost: str, reason: Reason) -> None:
    table = ranked_models(CHEAP, ("b/incumbent", "0.8", cost))

    assert decide(table, POLICY, Request(incumbent="b/incumbent")).reason == reason


@pytest.mark.parametrize(("accuracy", "reason"), [("0.85", Reason.STICKY), ("0.849999", Reason.ACCURACY)])
def test_the_incumbent_stays_up_to_exactly_the_accuracy_threshold(accuracy: str, reason: Reason) -> None:
    table = ranked_models(("a/best", "0.9", "0.01"), ("b/incumbent", accuracy, "0.01"))

    assert decide(table, POLICY, Request(incumbent="b/incumbent", mode=BEST)).reason == reason


def test_a_free_model_is_cheaper_by_more_than_any_factor_and_never_divides() -> None:
    table = ranked_models(("a/free", "0.8", "0"), ("b/free", "0.8", "0"), ("c/paid", "0.9", "0.0000000001"))

    assert decide(table, POLICY, Request(incumbent="c/paid")).reason == Reason.COST
    assert decide(table, POLICY, Request(incumbent="b/free")).reason == Reason.STICKY


def test_unknown_modalities_count_as_lacking_and_a_leaving_incumbent_says_capability() -> None:
    table = [TABLE[0], able(TABLE[1], "text", "image"), able(TABLE[2], "text")]
    request = Request(incumbent="a/cheap", required_modalities=frozenset({"text", "image"}))

    assert chosen(decide(table, POLICY, request)) == ("b/dear", Reason.CAPABILITY)
    assert dropped(table, request) == {"a/cheap": Drop.MODALITY, "c/weak": Drop.MODALITY}


def test_a_context_that_is_known_to_be_too_small_drops_a_model_and_an_unknown_one_does_not() -> None:
    table = [able(TABLE[0], context=1000), TABLE[1], able(TABLE[2], context=1001)]
    request = Request(prompt_tokens=1001)

    assert chosen(decide(table, POLICY, request)) == ("b/dear", Reason.FRESH)
    assert dropped(table, request) == {"a/cheap": Drop.CONTEXT}


def test_where_all_contexts_are_too_small_the_largest_is_kept() -> None:
    table = [able(TABLE[0], context=1000), able(TABLE[1], context=4000), able(TABLE[2], context=2000)]

    assert chosen(decide(table, POLICY, Request(prompt_tokens=5000))) == ("b/dear", Reason.FRESH)


def test_a_virtual_model_is_never_chosen_even_if_published() -> None:
    table = [replace(TABLE[0], is_virtual=True), *TABLE[1:]]

    assert chosen(decide(table, POLICY, Request(incumbent="a/cheap"))) == ("b/dear", Reason.DENIED)


def test_an_explanation_states_every_models_fate_and_the_numbers_compared() -> None:
    table = ranked_models(CHEAP, ("b/incumbent", "0.9", "0.02"), DEAR, WEAK)
    request = Request(incumbent="b/incumbent", denied=frozenset({"c/weak"}))
    decision = decide(table, POLICY, request)

    judgements = {j.model.model: (j.fate, j.reason) for j in judge(table, request, decision)}
    comparison = compare(table, decision, request)

    assert judgements == {
        "a/cheap": (Fate.PASSED_OVER, PassedOver.SWITCH_NOT_WORTH_IT),
        "b/incumbent": (Fate.CHOSEN, Reason.STICKY),
        "b/dear": (Fate.PASSED_OVER, PassedOver.RANKED_LOWER),
        "c/weak": (Fate.DROPPED, Drop.DENIED),
    }
    assert comparison is not None
    assert (comparison.cost_ratio, comparison.accuracy_gain) == (Decimal(2), Decimal("-0.1"))


shares = st.integers(0, 20).map(lambda n: Decimal(n) / 20)
usd = st.integers(0, 1000).map(lambda n: Decimal(n) / 10_000)
modalities = st.frozensets(st.sampled_from(["text", "image", "audio"]))
contexts = st.none() | st.integers(1, 5)


@st.composite
def tables(draw: st.DrawFn) -> list[RankedModel]:
    names = draw(st.lists(st.sampled_from([f"v/{letter}" for letter in "abcdef"]), unique=True, max_size=6))
    models = []
    for name in names:
        accuracy, capabilities = draw(shares), Capabilities(draw(st.none() | modalities), draw(contexts))
        meets = accuracy >= POLICY.min_accuracy
        models.append(
            RankedModel(0, name, None, accuracy, draw(usd), meets, capabilities, is_virtual=draw(st.booleans()))
        )
    return in_rank_order(models)


names = st.sampled_from([f"v/{letter}" for letter in "abcdefg"])
requests = st.builds(
    Request,
    incumbent=st.none() | names,
    denied=st.frozensets(names, max_size=3),
    mode=st.sampled_from(Mode),
    required_modalities=modalities,
    prompt_tokens=st.integers(0, 6),
)


@given(tables(), requests)
def test_no_denied_virtual_or_incapable_model_is_ever_chosen(table: list[RankedModel], request: Request) -> None:
    model = decide(table, POLICY, request).chosen

    if model is not None:
        assert model.model not in request.denied
        assert not model.is_virtual
        assert not request.required_modalities or model.takes(request.required_modalities)
        others = [m for m in table if m.model not in dropped(table, replace(request, prompt_tokens=0))]
        assert model.holds(request.prompt_tokens) or not any(m.holds(request.prompt_tokens) for m in others)


@given(tables(), requests)
def test_an_incumbent_that_stays_meets_the_threshold(table: list[RankedModel], request: Request) -> None:
    decision = decide(table, POLICY, request)

    if decision.reason is Reason.STICKY:
        assert decision.chosen is not None
        assert decision.chosen.model == request.incumbent
        assert decision.chosen.meets_threshold


@given(tables(), requests)
def test_the_same_input_gives_the_same_answer(table: list[RankedModel], request: Request) -> None:
    assert decide(table, POLICY, request) == decide(list(table), POLICY, replace(request))


@given(tables(), requests, usd, shares)
def test_adding_a_model_that_the_pick_dominates_never_changes_the_pick(
    table: list[RankedModel], request: Request, dearer: Decimal, worse: Decimal
) -> None:
    before = decide(table, POLICY, request)
    if before.fresh is None or (dearer == 0 and worse == 0):
        return
    accuracy = max(before.fresh.accuracy - worse, Decimal(0))
    dominated = replace(
        before.fresh,
        model="v/zz-new",
        accuracy=accuracy,
        avg_cost_usd=before.fresh.avg_cost_usd + dearer,
        meets_threshold=accuracy >= POLICY.min_accuracy,
    )

    after = decide(in_rank_order([*table, dominated]), POLICY, request)

    assert chosen(after) == chosen(before)


@given(tables(), requests)
def test_every_model_is_judged_and_the_chosen_one_alone_is_chosen(table: list[RankedModel], request: Request) -> None:
    decision = decide(table, POLICY, request)

    judgements = judge(table, request, decision)

    assert [j.model for j in judgements] == table
    assert [j.model for j in judgements if j.fate is Fate.CHOSEN] == ([decision.chosen] if decision.chosen else [])
