import pytest

from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Publication
from benchmark.pipeline.errors import Conflict
from benchmark.pipeline.roll_back import release_pin, roll_back
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def two_tables() -> tuple[RoutingTable, RoutingTable]:
    """Return an earlier table, and the live one of a later run."""
    runs = [factories.published_run({model: (9, "0.001")}) for model in ("a/old", "b/new")]
    return runs[0].tables.get(), runs[1].tables.get()


def live() -> RoutingTable:
    return RoutingTable.objects.get(is_live=True)


def test_an_earlier_table_goes_live_and_is_pinned_with_the_reason() -> None:
    earlier, _ = two_tables()

    roll_back(earlier, reason="b/new loops\non migrations", now=factories.NOW)

    assert live() == earlier
    assert live().pinned
    assert live().pin_reason == "b/new loops on migrations"


def test_a_pinned_table_survives_the_next_run() -> None:
    earlier, _ = two_tables()
    roll_back(earlier, reason="b/new loops", now=factories.NOW)

    later = factories.published_run({"c/newest": (9, "0.001")})

    assert live() == earlier
    assert later.publication == Publication.PINNED


def test_the_newest_table_goes_live_when_the_pin_is_released() -> None:
    earlier, _ = two_tables()
    roll_back(earlier, reason="b/new loops", now=factories.NOW)
    newest = factories.published_run({"c/newest": (9, "0.001")}).tables.get()

    assert release_pin(now=factories.NOW) == newest

    assert live() == newest
    assert not RoutingTable.objects.filter(pinned=True).exists()


def test_the_live_table_can_be_pinned_as_it_is_and_released_in_place() -> None:
    _, current = two_tables()
    since = live().published_at

    roll_back(current, reason="freeze before the launch", now=factories.NOW)
    pinned = live()
    release_pin(now=factories.NOW)

    assert pinned == current
    assert pinned.pinned
    assert not live().pinned
    assert live().published_at == since


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_roll_back_without_a_reason_is_refused(reason: str) -> None:
    earlier, current = two_tables()

    with pytest.raises(Conflict, match="why"):
        roll_back(earlier, reason=reason, now=factories.NOW)

    assert live() == current


def test_releasing_when_nothing_is_pinned_is_refused() -> None:
    two_tables()

    with pytest.raises(Conflict, match="No table is pinned"):
        release_pin(now=factories.NOW)


def test_the_history_of_both_tables_says_what_changed() -> None:
    earlier, former = two_tables()

    roll_back(earlier, reason="b/new loops", now=factories.NOW)

    assert earlier.history.values_list("is_live", "pinned", "pin_reason")[0] == (True, True, "b/new loops")
    assert list(former.history.values_list("is_live", flat=True))[:2] == [False, True]
