from datetime import date

import pytest

from benchmark.models.decision_count import DecisionCount

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)


def test_counts_add_up_per_day_and_route() -> None:
    DecisionCount.add(MONDAY, {"debugging/bug_fixing": 2})
    DecisionCount.add(MONDAY, {"debugging/bug_fixing": 3, "debugging/test_repair": 1})

    assert set(DecisionCount.objects.values_list("day", "route", "decisions")) == {
        (MONDAY, "debugging/bug_fixing", 5),
        (MONDAY, "debugging/test_repair", 1),
    }


def test_a_mix_sums_over_the_days_from_the_first_on() -> None:
    DecisionCount.add(MONDAY, {"debugging/bug_fixing": 2})
    DecisionCount.add(TUESDAY, {"debugging/bug_fixing": 5, "debugging/test_repair": 4})

    assert DecisionCount.mix_since(MONDAY) == {"debugging/bug_fixing": 7, "debugging/test_repair": 4}
    assert DecisionCount.mix_since(TUESDAY) == {"debugging/bug_fixing": 5, "debugging/test_repair": 4}


def test_without_decisions_there_is_no_mix() -> None:
    assert DecisionCount.mix_since(MONDAY) == {}
