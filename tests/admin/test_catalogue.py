"""The catalogue's list, and the imports that fill it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from benchmark.admin import catalogue_import
from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/benchmark/cataloguemodel/"
IMPORTS = "/admin/benchmark/catalogueimport/"
UPLOAD = f"{IMPORTS}upload_feed/"


def signed_in(*groups: str) -> Client:
    client = Client()
    client.force_login(factories.staff_user("ada", *groups))
    return client


def listed(response: HttpResponse) -> list[str]:
    return [row.model_id for row in response.context["cl"].result_list]


def upload(client: Client, body: bytes) -> HttpResponse:
    return client.post(UPLOAD, {"feed": SimpleUploadedFile("feed.json", body)})


@pytest.mark.parametrize(
    ("query", "models"),
    [
        ("standing=candidate", ["vendor/auto", "vendor/free"]),
        ("standing=above_band", ["vendor/dear"]),
        ("standing=auto", ["vendor/auto"]),
        ("standing=pinned", ["vendor/dear"]),
        ("standing=excluded", ["vendor/free"]),
        ("standing=nonsense", ["vendor/auto", "vendor/dear", "vendor/free"]),
        ("price=free", ["vendor/free"]),
        ("price=unknown", ["vendor/dear"]),
        ("price=paid", ["vendor/auto"]),
        ("avg_attempt_cost_usd_from=30", ["vendor/dear"]),
        ("avg_attempt_cost_usd_from=NaN&avg_attempt_cost_usd_to=x", ["vendor/auto", "vendor/dear", "vendor/free"]),
        ("q=free", ["vendor/free"]),
    ],
)
def test_the_list_is_filtered(query: str, models: list[str]) -> None:
    factories.catalogue_model("vendor/auto")
    factories.catalogue_model("vendor/free", "15", prompt_price_usd=0, completion_price_usd=0)
    factories.catalogue_model("vendor/dear", "40", prompt_price_usd=None)
    factories.auto_decider("vendor/auto")
    factories.manual_decider("vendor/dear")
    factories.exclusion("vendor/free")

    page = signed_in("viewer").get(f"{LIST}?{query}")

    assert sorted(listed(page)) == models


def test_the_list_states_each_models_reason_in_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.catalogue_models(5_000)
    client = signed_in("viewer")

    with django_assert_max_num_queries(25):
        page = client.get(f"{LIST}?standing=above_band")

    assert page.context["cl"].result_count == 3_749
    assert "above the band" in page.content.decode()


def test_a_model_with_markup_in_its_id_and_200_characters_is_shown_as_text() -> None:
    row = factories.catalogue_model("<script>alert(1)</script>" + "x" * 175)
    client = signed_in("viewer")

    pages = [client.get(url).content.decode() for url in (LIST, f"{LIST}{row.pk}/change/")]

    assert all("<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page for page in pages)


def test_an_uploaded_feed_is_imported_and_names_who_uploaded_it() -> None:
    body = json.dumps({"data": [{"id": "vendor/new", "name": "New", "context_length": 1000}, {"id": 7}]}).encode()

    response = upload(signed_in("operator"), body)

    record = CatalogueImport.objects.get()
    assert response.headers["Location"] == f"{IMPORTS}{record.pk}/change/"
    assert (record.new, record.rejected, record.source) == (1, 1, "upload by ada: feed.json")
    assert CatalogueModel.objects.filter(model_id="vendor/new").exists()


def test_the_page_of_an_import_lists_what_was_rejected_and_why() -> None:
    record = CatalogueImport.objects.create(
        started_at=factories.NOW, source="feed", rejected=1, rejections=[{"id": "<b>x</b>", "reason": "no name"}]
    )

    page = signed_in("viewer").get(f"{IMPORTS}{record.pk}/change/").content.decode()

    assert "no name" in page
    assert "&lt;b&gt;x" in page
    assert "<b>x" not in page


@pytest.mark.parametrize("body", [b"not json", b"{}", b"", b"\xff\xfe"])
def test_a_file_that_is_no_feed_is_refused_and_the_catalogue_stays(body: bytes) -> None:
    factories.catalogue_model("vendor/old")

    page = upload(signed_in("operator"), body)

    assert page.status_code == 200
    assert page.context["confirmation"].form.errors["feed"]
    assert CatalogueModel.objects.get().is_active


def test_a_file_over_the_size_cap_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_import, "MAX_BYTES", 10)

    page = upload(signed_in("operator"), b'{"data": []}')

    assert page.context["confirmation"].form.errors["feed"] == ["12 bytes are over the limit of 10."]
    assert not CatalogueImport.objects.exists()


def test_only_an_operator_may_upload() -> None:
    client = signed_in("viewer", "editor", "publisher")

    refused = upload(client, b'{"data": []}')

    assert refused.status_code == 403
    assert "Upload a feed" not in client.get(IMPORTS).content.decode()


def test_nobody_edits_the_catalogue_by_hand() -> None:
    row = factories.catalogue_model()
    client = Client()
    client.force_login(factories.staff_user("root", is_superuser=True))

    answers = [client.post(f"{LIST}{path}").status_code for path in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/")]

    assert answers == [403, 403, 403]
