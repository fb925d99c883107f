"""The first page: what it warns of, what it shows, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from benchmark.models.run import EntryState, Publication, RunState
from benchmark.models.sync import SyncOutcome
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/admin/"


@pytest.fixture(autouse=True)
def _is_configured(settings: Settings) -> None:
    settings.COST_FEED_URL = "https://gateway.example/models"


def seen(*groups: str) -> HttpResponse:
    client = Client()
    client.force_login(factories.staff_user("-".join(groups) or "nobody", *groups))
    return client.get(PAGE)


def warned(page: HttpResponse) -> list[tuple[str, str]]:
    return [(notice.text, notice.link if may_follow else "") for notice, may_follow in page.context["notices"]]


def synced_now(**fields: Any) -> None:
    factories.sync_record(SyncOutcome.UNCHANGED, **{"started_at": timezone.now(), **fields})


def test_a_fresh_deployment_is_told_what_to_do_first() -> None:
    page = seen("operator")

    assert warned(page) == [("Nothing was synced yet.", "/admin/benchmark/syncrecord/sync_now/")]
    text = page.content.decode()
    assert "No table yet. A finished run publishes one." in text
    assert "It brings the candidates of the cost band into the pool." in text


def test_a_pool_that_is_measured_and_published_needs_nobody(settings: Settings) -> None:
    settings.GATEWAY_SIMULATED = ""
    synced_now()
    factories.auto_decider("vendor/one")
    factories.published_run({"vendor/one": (9, "0.001")})

    page = seen("viewer")

    assert warned(page) == []
    text = page.content.decode()
    assert "All is well" in text
    assert "18 of 18" in text
    assert "0 manual, 1 auto, 0 excluded" in text


def test_missing_settings_are_named(settings: Settings) -> None:
    settings.INTERNAL_API_SECRETS, settings.GATEWAY_BASE_URL, settings.COST_FEED_URL = [], "", ""
    synced_now()

    texts = [text for text, _ in warned(seen("viewer"))]

    assert [text.split(":")[0] for text in texts] == ["No API secret", "No gateway", "No cost feed"]


@pytest.mark.parametrize(
    ("outcome", "detail", "expected"),
    [
        (SyncOutcome.HELD, "3 of 4 would go", "The sync is held: 3 of 4 would go"),
        (SyncOutcome.FAILED, "status 500", "The last sync failed: status 500"),
        (SyncOutcome.OVER_BUDGET, "over the cap", "over the cap"),
    ],
)
def test_a_sync_that_needs_someone_is_told_with_its_reason(outcome: str, detail: str, expected: str) -> None:
    factories.sync_record(outcome, detail=detail, started_at=timezone.now())

    assert [text for text, _ in warned(seen("viewer"))] == [expected]


def test_a_sync_that_did_not_come_today_is_missed() -> None:
    synced_now(started_at=timezone.now() - timedelta(hours=27))

    [(text, link)] = warned(seen("viewer"))

    assert "more than a day ago" in text
    assert link == "", "a viewer may not open the schedule"


def test_a_run_that_failed_in_part_leads_to_its_page() -> None:
    synced_now()
    run = factories.run(
        RunState.COMPLETED, publication=Publication.INCOMPLETE, publication_detail="2 routes have no candidate"
    )
    factories.entry(run, "vendor/broken", state=EntryState.FAILED)
    factories.entry(run, "vendor/other", mismatched_replies=4)

    found = warned(seen("viewer"))

    assert [text for text, _ in found] == [
        f"Run {run.pk} published nothing: 2 routes have no candidate",
        f"1 models of run {run.pk} could not be measured.",
        f"4 replies of run {run.pk} came from another model than was asked.",
    ]
    assert {link for _, link in found} == {f"/admin/benchmark/run/{run.pk}/change/"}


def test_a_table_that_misses_members_is_stale() -> None:
    synced_now()
    factories.published_run({"vendor/one": (9, "0.001")})
    factories.manual_decider("vendor/new")

    texts = [text for text, _ in warned(seen("viewer"))]

    assert "The live table is stale: 1 of 1 members of the effective set are not in it." in texts
    assert any("simulated gateway" in text for text in texts)


def test_only_an_operator_is_offered_a_sync() -> None:
    synced_now()

    offered = {group: "Sync now" in seen(group).content.decode() for group in ("viewer", "operator")}

    assert offered == {"viewer": False, "operator": True}


def test_someone_without_any_group_sees_no_figures() -> None:
    factories.published_run({"vendor/one": (9, "0.001")})

    page = seen()

    assert page.status_code == 200
    assert "Live table" not in page.content.decode()


def test_the_page_costs_few_queries_whatever_there_is_to_show(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.catalogue_models(5_000)
    synced_now()
    for number in range(50):
        run = factories.run(RunState.COMPLETED)
        factories.entry(run, f"vendor/{number}")
    factories.published_run({f"vendor/{number}": (number % 11, "0.001") for number in range(20)})
    for number in range(100):
        factories.auto_decider(f"vendor/{number}")
    factories.entry(factories.run())
    client = Client()
    client.force_login(factories.staff_user("vi", "viewer"))

    with django_assert_max_num_queries(25):
        page = client.get(PAGE)

    assert "is in progress" in page.content.decode()


def test_ids_with_markup_are_shown_as_text() -> None:
    synced_now()
    factories.published_run({"<script>alert(1)</script>": (9, "0.001")})

    page = seen("viewer").content.decode()

    assert "<script>alert(1)" not in page


def test_pages_allow_no_other_origin_no_inline_script_and_no_frame() -> None:
    policy = seen("viewer").headers["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'self'"
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "http" not in policy
