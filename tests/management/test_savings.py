import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RoutingTable
from tests import factories

pytestmark = pytest.mark.django_db

ROUTE = "debugging/bug_fixing"


def savings(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("savings", *arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_routing_is_compared_with_each_single_model() -> None:
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})

    found = savings()

    assert found["mix"] == "all 18 routes alike"
    assert found["routed"]["usd_per_1000"] == pytest.approx(1.0)
    assert [(m["model"], m["usd_per_1000"], m["saved_share"]) for m in found["models"]] == [
        ("a/cheap", pytest.approx(1.0), pytest.approx(0.0)),
        ("b/dear", pytest.approx(10.0), pytest.approx(0.9)),
    ]


def test_the_mix_that_routers_asked_for_can_be_used() -> None:
    factories.published_run({"a/cheap": (9, "0.001")})
    DecisionCount.add(timezone.now().date(), {ROUTE: 3, "refactoring/migration": 1})

    found = savings("--recorded")

    assert found["mix"] == "4 decisions of the last 30 days"
    assert found["shares"] == {ROUTE: 0.75, "refactoring/migration": 0.25}


def test_a_mix_and_an_earlier_table_can_be_given() -> None:
    factories.published_run({"a/old": (9, "0.002")})
    earlier = RoutingTable.live()
    assert earlier is not None
    factories.published_run({"b/new": (9, "0.001")})

    found = savings("--table", earlier.version, "--share", f"{ROUTE}=2")

    assert (found["version"], found["shares"]) == (earlier.version, {ROUTE: 1.0})
    assert found["routed"]["usd_per_1000"] == pytest.approx(2.0)


def test_people_get_a_table_that_says_when_answers_were_simulated() -> None:
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})
    out = StringIO()

    call_command("savings", stdout=out)

    assert "the table's routing" in out.getvalue()
    assert "90.0%" in out.getvalue()
    assert "SIMULATED" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--table", "nothing"], "no table nothing", 1),
        (["--recorded"], "No decision was recorded", 1),
        (["--recorded", "--days", "999999999999"], "--days must be", 2),
        (["--share", "nowhere=1"], "'nowhere'", 2),
        (["--share", f"{ROUTE}=many"], "ROUTE=N", 2),
        (["--share", f"{ROUTE}=0"], "weighs nothing", 2),
        (["--share", f"{ROUTE}=NaN"], "finite", 2),
    ],
)
def test_what_cannot_be_shown_is_said_why(arguments: list[str], said: str, code: int) -> None:
    factories.published_run({"a/cheap": (9, "0.001")})

    with pytest.raises(CommandError, match=said) as caught:
        savings(*arguments)

    assert caught.value.returncode == code


def test_without_a_live_table_there_is_nothing_to_show() -> None:
    with pytest.raises(CommandError, match="No table is live"):
        savings()
