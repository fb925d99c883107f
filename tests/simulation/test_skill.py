"""The skill model: the same on every machine, spread as documented, and honest about its probabilities."""

from collections.abc import Iterable
from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.golden_case import Difficulty
from benchmark.domain.taxonomy import ROUTES
from benchmark.simulation.skill import Skill
from tests.factories import golden_case

MODELS = [f"vendor/model-{number}" for number in range(200)]


def probabilities(skill: Skill, difficulty: Difficulty) -> list[float]:
    return [skill.probability(model, route, difficulty) for model in MODELS for route in ROUTES]


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)


def test_a_seed_decides_the_same_draw_on_every_machine() -> None:
    assert Skill("1").draw("ability", "acme/swift") == 0.9206920818485025
    assert round(Skill("1").probability("acme/swift", ROUTES[0], Difficulty.HARD), 6) == 0.805655


def test_another_seed_or_word_is_another_draw() -> None:
    draws = {Skill("1").draw("a", "b"), Skill("2").draw("a", "b"), Skill("1").draw("ab"), Skill("1").draw("b", "a")}

    assert len(draws) == 4


def test_a_model_asked_again_answers_the_same() -> None:
    skill, case = Skill("1"), golden_case()

    assert len({skill.answers_right("acme/swift", case) for _ in range(5)}) == 1


@given(words=st.lists(st.text(), max_size=3))
def test_a_draw_is_at_least_0_and_below_1(words: list[str]) -> None:
    assert 0 <= Skill("1").draw(*words) < 1


def test_harder_cases_are_answered_less_often_by_every_model() -> None:
    skill = Skill("1")

    for model in MODELS[:20]:
        easy, medium, hard = (skill.probability(model, ROUTES[0], level) for level in Difficulty)
        assert easy > medium > hard


def test_probabilities_stay_between_the_documented_extremes() -> None:
    """Ability 0.8 to 3.0, bias -0.6 to 0.6, handicap 0 to 1.6, on the logistic scale."""
    skill = Skill("1")

    every = [p for level in Difficulty for p in probabilities(skill, level)]

    assert 0.198 < min(every) < 0.3
    assert 0.96 < max(every) < 0.9735


def test_models_differ_enough_to_be_told_apart() -> None:
    skill = Skill("1")
    means = sorted(mean(skill.probability(m, route, Difficulty.HARD) for route in ROUTES) for m in MODELS)

    assert means[-1] - means[0] > 0.35


def test_answers_come_right_as_often_as_the_probabilities_say() -> None:
    skill = Skill("1")
    cases = [
        golden_case(f"case-{n}-{level}", route=route, difficulty=level)
        for n, route in enumerate(ROUTES)
        for level in Difficulty
    ]
    asked = [(model, case) for model in MODELS for case in cases]

    expected = [skill.probability(model, case.route, case.difficulty) for model, case in asked]
    right = sum(skill.answers_right(model, case) for model, case in asked)

    deviation = sqrt(sum(p * (1 - p) for p in expected))
    assert abs(right - sum(expected)) < 4 * deviation
