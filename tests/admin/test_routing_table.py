"""The live table, the history, differences, roll back, downloads."""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone

from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RoutingTable
from tests import factories

pytestmark = pytest.mark.django_db

TABLES = "/admin/benchmark/routingtable/"


@pytest.fixture
def publisher(client: Client) -> Client:
    """Return a client signed in as somebody who may roll back and pin."""
    client.force_login(factories.staff_user("paul", "publisher"))
    return client


def two_tables() -> tuple[RoutingTable, RoutingTable]:
    """Return an earlier table, and the live one of a later run."""
    earlier = factories.published_run({"a/old": (8, "0.004")}).tables.get()
    return earlier, factories.published_run({"b/new": (9, "0.001"), "a/old": (8, "0.004")}).tables.get()


def page(client: Client, url: str) -> str:
    """Return the page's HTML."""
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def told(client: Client, url: str, data: dict[str, str] | None = None) -> str:
    """Post to `url` and return what the person is told after."""
    response = client.post(url, data or {}, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


def live() -> RoutingTable:
    return RoutingTable.objects.get(is_live=True)


def test_the_list_shows_the_live_table_what_it_saves_and_the_earlier_ones(publisher: Client) -> None:
    earlier, current = two_tables()

    html = page(publisher, TABLES)

    assert f"Live: {current.version}" in html
    assert earlier.version in html
    assert "every route alike" in html
    assert "+75%" in html  # $0.001 against $0.004


def test_savings_are_weighed_with_what_routers_asked_about(publisher: Client) -> None:
    two_tables()
    DecisionCount.add(timezone.now().date(), {"debugging/bug_fixing": 1200})

    assert "the mix of 1,200 decisions" in page(publisher, TABLES)


def test_without_a_table_the_list_says_how_one_comes(publisher: Client) -> None:
    assert "No table yet" in page(publisher, TABLES)


def test_a_tables_page_ranks_the_models_of_each_route_with_interval_and_cost(publisher: Client) -> None:
    _, current = two_tables()

    html = page(publisher, f"{TABLES}{current.pk}/change/")

    assert html.index("b/new") < html.index("a/old")
    assert "60-98%" in html
    assert "$0.00100" in html
    assert "18 of 18 routes" in html


def test_a_difference_says_who_took_over_and_how_accuracy_and_cost_changed(publisher: Client) -> None:
    earlier, current = two_tables()

    html = page(publisher, f"{TABLES}compare/?before={earlier.pk}&after={current.pk}")

    assert "another model takes over on <strong>18 of 18</strong> routes" in html
    assert "+10 points" in html
    assert "-$0.00300 (-75%)" in html


def test_a_comparison_shows_by_default_what_the_live_table_changed(publisher: Client) -> None:
    earlier, current = two_tables()

    context = publisher.get(f"{TABLES}compare/").context

    assert (context["before"], context["after"]) == (earlier, current)


@pytest.mark.parametrize(
    "query", ["before=x&after=", "before=99999999999999999999999", "before=-1&after=%00", "after=77"]
)
def test_a_comparison_of_nonsense_is_no_error(publisher: Client, query: str) -> None:
    two_tables()

    page(publisher, f"{TABLES}compare/?{query}")


def test_a_comparison_without_two_tables_says_so(publisher: Client) -> None:
    assert "nothing to compare" in page(publisher, f"{TABLES}compare/")


def test_two_tables_selected_in_the_list_are_compared(publisher: Client) -> None:
    earlier, current = two_tables()
    data = {"action": "compare_selected", "_selected_action": [earlier.pk, current.pk]}

    response = publisher.post(TABLES, data)

    assert response.headers["Location"] == f"{TABLES}compare/?before={earlier.pk}&after={current.pk}"


def test_rolling_back_shows_the_difference_and_then_pins_the_table_with_the_reason(publisher: Client) -> None:
    earlier, _ = two_tables()
    url = f"{TABLES}{earlier.pk}/roll_back/"

    assert "another model takes over on <strong>18 of 18</strong>" in page(publisher, url)
    assert "is live and pinned" in told(publisher, url, {"reason": "b/new loops"})

    assert (live(), live().pinned, live().pin_reason) == (earlier, True, "b/new loops")
    newest = live().history.first()
    assert newest is not None
    assert newest.history_user.username == "paul"
    assert "b/new loops" in page(publisher, f"{TABLES}{earlier.pk}/change/")


def test_rolling_back_without_a_reason_is_refused_beside_the_field(publisher: Client) -> None:
    earlier, current = two_tables()

    html = publisher.post(f"{TABLES}{earlier.pk}/roll_back/", {"reason": "  "}).content.decode()

    assert "This field is required" in html
    assert live() == current


def test_releasing_the_pin_brings_the_newest_table_back(publisher: Client) -> None:
    earlier, current = two_tables()
    told(publisher, f"{TABLES}{earlier.pk}/roll_back/", {"reason": "b/new loops"})

    assert current.version in told(publisher, f"{TABLES}{earlier.pk}/release/")

    assert (live(), live().pinned) == (current, False)


def test_releasing_what_is_not_pinned_is_told(publisher: Client) -> None:
    _, current = two_tables()

    assert "No table is pinned" in told(publisher, f"{TABLES}{current.pk}/release/")


@pytest.mark.parametrize("group", ["viewer", "editor", "operator"])
def test_who_may_not_publish_sees_no_button_and_is_refused_on_the_server(client: Client, group: str) -> None:
    earlier, current = two_tables()
    client.force_login(factories.staff_user("other", group))

    html = page(client, f"{TABLES}{earlier.pk}/change/")

    for path in (f"{TABLES}{earlier.pk}/roll_back/", f"{TABLES}{earlier.pk}/release/"):
        assert path not in html
        assert client.post(path, {"reason": "mine"}).status_code == 403
    assert live() == current


def test_the_history_says_who_made_what_live(publisher: Client) -> None:
    earlier, _ = two_tables()
    told(publisher, f"{TABLES}{earlier.pk}/roll_back/", {"reason": "b/new loops"})

    html = page(publisher, f"{TABLES}{earlier.pk}/history/")

    assert "paul" in html


def test_a_table_is_downloaded_as_it_was_published(publisher: Client) -> None:
    _, current = two_tables()

    response = publisher.get(f"{TABLES}{current.pk}/download_json/")

    assert response.json() == current.content
    assert response.headers["Content-Disposition"] == f'attachment; filename="routing-table-{current.version}.json"'


def test_a_table_is_downloaded_as_one_line_per_route_and_rank(publisher: Client) -> None:
    _, current = two_tables()

    text = publisher.get(f"{TABLES}{current.pk}/download_csv/").content.decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 36
    assert (rows[0]["rank"], rows[0]["model"], rows[0]["version"]) == ("1", "b/new", current.version)


def test_the_whole_ranking_of_a_route_can_be_listed(publisher: Client) -> None:
    models = {f"vendor/m{number}": (9, f"0.00{number}") for number in range(1, 8)}
    table = factories.published_run(models).tables.get()

    shown = page(publisher, f"{TABLES}{table.pk}/change/")
    listed = page(publisher, f"/admin/benchmark/routecandidate/?table__id__exact={table.pk}&route=debugging/bug_fixing")

    assert "and 3 more" in shown
    assert all(model in listed for model in models)


def test_ids_of_a_hostile_feed_are_shown_as_text(publisher: Client) -> None:
    table = factories.published_run({"x/<script>alert(1)</script>": (9, "0.001")}).tables.get()

    for url in (TABLES, f"{TABLES}{table.pk}/change/", f"{TABLES}compare/", f"{TABLES}{table.pk}/roll_back/"):
        assert "<script>alert(1)" not in page(publisher, url)
