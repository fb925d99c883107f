from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from benchmark.domain.taxonomy import ROUTES
from benchmark.models.routing_table import RoutingTable
from tests import factories

PATH = "/api/routing-table"

pytestmark = pytest.mark.django_db


def database_is_away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the database is away")


def test_without_a_live_table_nothing_is_made_up(router: Client) -> None:
    answer = router.get(PATH)

    assert answer.status_code == 200
    assert answer.json() == {"table": None, "publishedAt": None}


def test_the_live_table_is_served_whole_and_in_the_order_of_the_taxonomy(router: Client) -> None:
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})

    answer = router.get(PATH).json()

    live = RoutingTable.live()
    assert live is not None
    assert answer["table"] == live.content
    assert list(answer["table"]["routes"]) == list(ROUTES)
    assert answer["publishedAt"] == "2026-06-17T05:05:00Z"


def test_a_poll_with_the_etag_is_answered_with_304_and_one_query(
    router: Client, django_assert_num_queries: Any
) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    first = router.get(PATH)

    with django_assert_num_queries(1):
        again = router.get(PATH, headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["W/{}", '"other", {}', "*", " {} "])
def test_other_forms_that_name_the_etag_count(router: Client, header: str) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    etag = router.get(PATH)["ETag"]

    assert router.get(PATH, headers={"if-none-match": header.format(etag)}).status_code == 304


@pytest.mark.parametrize("header", ["", '"other"', "nonsense", '"', "W/", "\x00\xff"])
def test_a_header_that_does_not_name_the_etag_gets_the_table(router: Client, header: str) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    router.get(PATH)

    assert router.get(PATH, headers={"if-none-match": header}).status_code == 200


def test_a_new_table_and_a_rollback_are_seen_by_the_next_read(router: Client) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    old = RoutingTable.live()
    assert old is not None
    first = router.get(PATH)
    factories.published_run({"b/model": (9, "0.001")})

    second = router.get(PATH, headers={"if-none-match": first["ETag"]})
    old.go_live(factories.NOW + timedelta(days=1))
    third = router.get(PATH, headers={"if-none-match": second["ETag"]})

    assert second.json()["table"]["version"] != old.version
    assert third.json() == {"table": old.content, "publishedAt": "2026-06-18T05:00:00Z"}


def test_while_the_database_is_away_the_last_known_table_is_served_and_marked(router: Client) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    fresh = router.get(PATH)

    with connection.execute_wrapper(database_is_away):
        stale = router.get(PATH)
        unchanged = router.get(PATH, headers={"if-none-match": fresh["ETag"]})
    later = router.get(PATH)

    assert stale.content == fresh.content
    assert stale["Warning"].startswith("110 ")
    assert (unchanged.status_code, unchanged["Warning"]) == (304, stale["Warning"])
    assert "Warning" not in later.headers


def test_a_worker_that_never_saw_a_table_says_that_the_database_is_away(router: Client) -> None:
    with connection.execute_wrapper(database_is_away):
        answer = router.get(PATH)

    assert answer.status_code == 503
    assert "database" in answer.json()["error"]
    assert answer["Retry-After"] == "1"
