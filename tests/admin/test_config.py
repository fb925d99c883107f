"""The configuration's page: the preview, what is refused, and two people at once."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from benchmark.admin.config import SAVE_AND_SYNC
from benchmark.models.config import BenchmarkConfig
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/admin/benchmark/benchmarkconfig/1/change/"
PREVIEW = "/admin/benchmark/benchmarkconfig/preview/"


def signed_in(*groups: str) -> Client:
    client = Client()
    client.force_login(factories.staff_user("-".join(groups) or "nobody", *groups))
    return client


def posted(client: Client, **changes: str) -> dict[str, str]:
    """Return what the page's form would post, with `changes`."""
    form = client.get(PAGE).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in values.items()} | {
        "virtual_prefixes": "[]",
        "custom_prefixes": "[]",
        **changes,
    }


def said(response: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_preview_names_who_enters_and_who_leaves() -> None:
    factories.catalogue_model("vendor/dear", "40")
    factories.catalogue_model("vendor/middle", "20")
    factories.auto_decider("vendor/middle")
    factories.auto_decider("vendor/gone", "16")

    page = signed_in("viewer").get(PREVIEW, {"min_cost_usd": "20", "max_cost_usd": "50"})

    difference = page.context["preview"].difference
    assert (difference.added, difference.removed, difference.kept) == (
        ("vendor/dear",),
        ("vendor/gone",),
        ("vendor/middle",),
    )


def test_the_preview_leaves_out_who_is_excluded_and_keeps_who_is_pinned() -> None:
    factories.catalogue_model("vendor/unwanted", "20")
    factories.exclusion("vendor/unwanted")
    factories.manual_decider("vendor/pinned")

    page = signed_in("viewer").get(PREVIEW, {"min_cost_usd": "15", "max_cost_usd": "25"})

    assert page.context["preview"].difference.added == ()
    assert page.context["preview"].difference.kept == ("vendor/pinned",)


def test_the_preview_tells_what_the_run_would_cost() -> None:
    factories.catalogue_model("vendor/middle", "20")

    page = signed_in("viewer").get(PREVIEW, {"min_cost_usd": "15", "max_cost_usd": "25"})

    assert page.context["preview"].estimate.median_usd > 0
    assert "and cost about" in page.content.decode()


@pytest.mark.parametrize(
    ("low", "high", "complaint"),
    [
        ("30", "25", "$30 is above the maximum, $25"),
        ("-1", "25", "greater than or equal to 0"),
        ("15", "2000000", "less than or equal to 1000000"),
        ("NaN", "25", "Enter a number"),
        ("1e-999999", "25", "no more than 20 digits"),
        ("", "25", "required"),
    ],
)
def test_the_preview_says_what_is_wrong_with_bounds_that_are_no_band(low: str, high: str, complaint: str) -> None:
    page = signed_in("viewer").get(PREVIEW, {"min_cost_usd": low, "max_cost_usd": high})

    assert page.status_code == 200
    assert complaint in page.content.decode()


def test_swapped_bounds_are_refused_beside_the_field() -> None:
    client = signed_in("editor")

    page = client.post(PAGE, posted(client, min_cost_usd="30", max_cost_usd="20"))

    assert "Swap the two?" in page.context["adminform"].form.errors["min_cost_usd"][0]
    assert BenchmarkConfig.load().max_cost_usd == 25


def test_new_bounds_are_shown_before_they_are_saved() -> None:
    factories.catalogue_model("vendor/dear", "30")
    client = signed_in("editor")

    page = client.post(PAGE, posted(client, max_cost_usd="40", previewed="15:25"))

    assert page.context["preview"].difference.added == ("vendor/dear",)
    assert not BenchmarkConfig.objects.exists()


def test_confirmed_bounds_are_saved() -> None:
    client = signed_in("editor")
    page = client.post(PAGE, posted(client, max_cost_usd="40"))
    shown = dict(page.context["confirmation"].hidden) | {"previewed": page.context["preview"].key}

    client.post(PAGE, {**shown, "_save": "1"})

    assert BenchmarkConfig.load().max_cost_usd == 40


def test_bounds_whose_preview_was_seen_are_saved_at_once() -> None:
    client = signed_in("editor")

    response = client.post(PAGE, posted(client, max_cost_usd="40.0", previewed="15:40"))

    assert response.status_code == 302
    assert BenchmarkConfig.load().max_cost_usd == 40


def test_a_change_of_anything_else_is_saved_at_once() -> None:
    client = signed_in("editor")

    client.post(PAGE, posted(client, min_accuracy="0.8"))

    assert BenchmarkConfig.load().min_accuracy == Decimal("0.8")


def test_the_second_of_two_editors_is_told_and_overwrites_nothing() -> None:
    first, second = signed_in("editor"), signed_in("editor", "viewer")
    BenchmarkConfig(pk=1).save()
    second_form = posted(second, min_accuracy="0.9")
    first.post(PAGE, posted(first, repetitions="3"))

    page = second.post(PAGE, second_form)

    assert "editor saved the configuration" in page.content.decode()
    saved = BenchmarkConfig.load()
    assert (saved.repetitions, saved.min_accuracy) == (3, Decimal("0.7"))


def test_the_second_editor_is_told_also_when_nothing_was_ever_saved_before() -> None:
    first, second = signed_in("editor"), signed_in("editor", "viewer")
    second_form = posted(second, min_accuracy="0.9")
    first.post(PAGE, posted(first, repetitions="3"))

    second.post(PAGE, second_form)

    assert BenchmarkConfig.load().min_accuracy == Decimal("0.7")


def test_a_change_is_in_the_history_with_who_made_it() -> None:
    BenchmarkConfig(pk=1).save()
    client = signed_in("editor")

    client.post(PAGE, posted(client, repetitions="3"))

    latest = BenchmarkConfig.history.first()
    assert (latest.history_user.username, latest.repetitions, latest.prev_record.repetitions) == ("editor", 3, 1)
    assert client.get("/admin/benchmark/benchmarkconfig/1/history/").status_code == 200


def test_the_history_of_what_was_never_changed_leads_back() -> None:
    response = signed_in("viewer").get("/admin/benchmark/benchmarkconfig/1/history/")

    assert response.headers["Location"] == PAGE
    assert "Nothing was changed yet" in said(response)


def test_save_and_sync_saves_and_says_so_when_the_queue_is_down(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = signed_in("editor", "operator")

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(PAGE, posted(client, repetitions="3", **{SAVE_AND_SYNC: "1"}))

    assert BenchmarkConfig.load().repetitions == 3
    assert "could not be queued: Redis does not answer" in said(response)


def test_an_editor_who_may_not_sync_is_not_offered_it_and_can_not_slip_it_in(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = signed_in("editor")

    with django_capture_on_commit_callbacks() as callbacks:
        client.post(PAGE, posted(client, repetitions="3", **{SAVE_AND_SYNC: "1"}))

    assert callbacks == []
    assert "Save and sync" not in client.get(PAGE).content.decode()


def test_a_viewer_sees_the_page_but_no_button_and_can_not_post() -> None:
    client = signed_in("viewer")
    form = posted(signed_in("editor"), repetitions="3")

    page, refused = client.get(PAGE), client.post(PAGE, form)

    assert 'name="_save"' not in page.content.decode()
    assert refused.status_code == 403


def test_someone_without_any_group_sees_nothing() -> None:
    client = signed_in()

    answers = [client.get(url).status_code for url in (PAGE, PREVIEW, "/admin/benchmark/benchmarkconfig/")]

    assert answers == [403, 403, 403]


def test_the_page_costs_few_queries_whatever_the_size_of_the_catalogue(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.catalogue_models(5_000)
    client = signed_in("editor")

    with django_assert_max_num_queries(25):
        client.get(PAGE)


def test_an_id_with_markup_is_shown_as_text() -> None:
    factories.catalogue_model("<script>alert(1)</script>", "20")

    page = signed_in("editor").get(PAGE).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
