"""The syncs' pages: sync now, and a held sync applied."""

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from benchmark.models.deciders import AutoDecider
from benchmark.models.sync import SyncOutcome, SyncRecord
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/benchmark/syncrecord/"
SYNC = f"{LIST}sync_now/"


def signed_in(*groups: str) -> Client:
    client = Client()
    client.force_login(factories.staff_user("ada", *groups))
    return client


def said(response: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def apply_url(record: SyncRecord) -> str:
    return f"{LIST}{record.pk}/apply_held/"


def held_sync() -> SyncRecord:
    """Save a sync that the shrink guard held: two of three auto deciders would go."""
    for model in ("a", "b", "c"):
        factories.auto_decider(model)
    return factories.sync_record(
        SyncOutcome.HELD, removed=["a", "b"], kept=["c"], held_candidates={"c": "20"}, detail="2 of 3 would go"
    )


def test_a_sync_is_asked_for_before_it_is_queued() -> None:
    page = signed_in("operator").get(SYNC)

    assert page.context["confirmation"].title == "Sync now?"


def test_a_sync_with_the_queue_down_says_what_is_wrong() -> None:
    response = signed_in("operator").post(SYNC)

    assert response.status_code == 302
    assert "Redis does not answer" in said(response)


def test_only_an_operator_may_sync() -> None:
    client = signed_in("viewer", "editor", "publisher")

    answers = [client.get(SYNC).status_code, client.post(SYNC).status_code]

    assert answers == [403, 403]
    assert "Sync now" not in client.get(LIST).content.decode()


def test_a_publisher_applies_a_held_sync() -> None:
    record = held_sync()
    client = signed_in("publisher")

    asked = client.get(apply_url(record))
    response = client.post(apply_url(record))

    assert asked.context["confirmation"].details == ("a", "b")
    assert "Applied: 2 gone" in said(response)
    assert list(AutoDecider.objects.values_list("model", flat=True)) == ["c"]


def test_a_held_sync_that_a_later_one_overtook_is_refused_with_the_reason() -> None:
    record = held_sync()
    factories.sync_record(SyncOutcome.UNCHANGED)

    response = signed_in("publisher").post(apply_url(record))

    assert "a later one stands" in said(response)
    assert AutoDecider.objects.count() == 3


def test_only_a_publisher_may_apply_and_only_what_waits_is_offered() -> None:
    record, other = held_sync(), factories.sync_record(SyncOutcome.UNCHANGED)
    operator, publisher = signed_in("operator"), Client()
    publisher.force_login(factories.staff_user("eve", "publisher"))

    refused = operator.post(apply_url(record)).status_code
    pages = {
        (name, row.pk): "apply_held" in client.get(f"{LIST}{row.pk}/change/").content.decode()
        for name, client in (("operator", operator), ("publisher", publisher))
        for row in (record, other)
    }

    assert refused == 403
    assert [key for key, is_offered in pages.items() if is_offered] == [("publisher", record.pk)]


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
def test_a_sync_that_is_not_there_is_not_found(number: str) -> None:
    answer = signed_in("publisher").post(f"{LIST}{number}/apply_held/")

    assert answer.status_code == 404


def test_the_list_costs_few_queries_and_shows_ids_as_text(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    run = factories.run()
    for _ in range(50):
        record = factories.sync_record(SyncOutcome.STARTED, added=["<script>alert(1)</script>"], run=run)
    client = signed_in("viewer")

    with django_assert_max_num_queries(25):
        client.get(LIST)

    assert "<script>alert(1)" not in client.get(f"{LIST}{record.pk}/change/").content.decode()
