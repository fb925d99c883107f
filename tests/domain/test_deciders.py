from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.deciders import Decider, SetDifference, carry_efforts, effective_set

ids = st.sampled_from([f"v/{letter}" for letter in "abcdefgh"])


def auto(model: str, cost: str = "20", effort: str | None = None) -> Decider:
    return Decider(model, effort, Decimal(cost))


def test_manual_deciders_come_first_in_their_order_then_auto_by_cost_and_id() -> None:
    members = effective_set(
        [Decider("z/m"), Decider("a/m")], [auto("c", "15"), auto("b", "20"), auto("a", "20")], set()
    )

    assert [member.model for member in members] == ["z/m", "a/m", "a", "b", "c"]


def test_a_manual_decider_wins_over_the_auto_one_of_its_id() -> None:
    members = effective_set([Decider("a", "high")], [auto("a", effort="low")], set())

    assert members == [Decider("a", "high")]


def test_an_exclusion_drops_an_auto_decider_but_never_a_manual_one() -> None:
    members = effective_set(
        [Decider("pinned")], [auto("pinned"), auto("gone"), auto("kept")], {"gone", "pinned", "unknown"}
    )

    assert [member.model for member in members] == ["pinned", "kept"]


@given(manual=st.lists(ids, unique=True), automatic=st.lists(ids, unique=True), excluded=st.sets(ids))
def test_the_set_is_unique_by_id_and_holds_what_it_should(
    manual: list[str], automatic: list[str], excluded: set[str]
) -> None:
    members = [m.model for m in effective_set([Decider(m) for m in manual], [auto(m) for m in automatic], excluded)]

    assert len(members) == len(set(members))
    assert members[: len(manual)] == manual
    assert set(members) == set(manual) | (set(automatic) - excluded)


def test_a_key_tells_a_model_at_one_effort_from_itself_at_another() -> None:
    assert Decider("a").key != Decider("a", "low").key != Decider("a", "high").key


def test_the_difference_names_what_joins_leaves_and_stays_in_order() -> None:
    difference = SetDifference.between(["c", "a", "b"], ["b", "e", "d", "a"])

    assert difference == SetDifference(added=("d", "e"), removed=("c",), kept=("a", "b"))


@pytest.mark.parametrize(
    ("removed", "kept", "too_far"),
    [
        (0, 0, False),
        (0, 5, False),
        (1, 1, False),
        (1, 2, False),
        (1, 0, True),
        (2, 2, False),
        (2, 1, True),
        (2, 3, False),
        (3, 3, False),
        (3, 2, True),
        (5, 5, False),
        (6, 5, True),
        (9, 0, True),
    ],
)
def test_losing_more_than_half_and_at_least_two_or_all_is_too_far(removed: int, kept: int, too_far: bool) -> None:
    stay, go = [f"k{n}" for n in range(kept)], [f"r{n}" for n in range(removed)]

    assert SetDifference.between(stay + go, [*stay, "new"]).shrinks_too_far() is too_far


def test_a_first_sync_is_never_too_far() -> None:
    assert not SetDifference.between([], []).shrinks_too_far()


def test_efforts_are_carried_from_auto_else_from_manual_else_none() -> None:
    efforts = carry_efforts(
        ["both", "auto", "manual", "new"],
        [auto("both", effort="low"), auto("auto", effort="high"), auto("gone", effort="high")],
        [Decider("both", "medium"), Decider("manual", "minimal")],
    )

    assert efforts == {"both": "low", "auto": "high", "manual": "minimal", "new": None}
