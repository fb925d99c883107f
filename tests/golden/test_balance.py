"""The golden set as a whole: how many cases of which route, difficulty and check, and that no answer can be guessed."""

from collections import Counter
from statistics import median

from benchmark.domain.golden_case import Difficulty, right_answer
from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set

CASES = golden_set().cases


def test_each_route_has_three_easy_five_medium_and_four_hard_cases() -> None:
    counts = Counter((case.route, case.difficulty) for case in CASES)

    wanted = {Difficulty.EASY: 3, Difficulty.MEDIUM: 5, Difficulty.HARD: 4}
    assert counts == {(route, level): count for route in ROUTES for level, count in wanted.items()}


def test_prompts_grow_with_difficulty() -> None:
    lengths = [median(len(case.prompt) for case in CASES if case.difficulty == level) for level in Difficulty]

    assert lengths == sorted(lengths)


def test_no_check_kind_makes_up_over_half_of_the_set() -> None:
    kinds = Counter(case.check.kind for case in CASES)

    assert len(kinds) == 5
    assert max(kinds.values()) <= len(CASES) / 2


def test_no_answer_of_a_route_is_right_for_more_than_two_cases() -> None:
    answers = Counter((case.route, right_answer(case.check).casefold()) for case in CASES)

    assert max(answers.values()) <= 2


def test_no_two_cases_share_a_prompt_or_a_title() -> None:
    assert len({case.prompt for case in CASES}) == len(CASES)
    assert len({case.title for case in CASES}) == len(CASES)
