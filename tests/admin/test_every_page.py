"""Every page of the admin, for everybody: it opens or says that one may not; it never breaks."""

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from benchmark.models.catalogue import CatalogueImport
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import PriceWaiver
from tests import factories

pytestmark = pytest.mark.django_db

ROLES = ("viewer", "editor", "operator", "publisher", "nobody", "root")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def signed_in(role: str) -> Client:
    groups = () if role in ("nobody", "root") else (role,)
    client = Client()
    client.force_login(factories.staff_user(role, *groups, is_superuser=role == "root"))
    return client


def address(model: type[models.Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def a_bit_of_everything() -> None:
    factories.catalogue_model("vendor/one")
    factories.auto_decider("vendor/one")
    factories.manual_decider()
    factories.exclusion()
    PriceWaiver.objects.create(model="vendor/unpriced")
    BenchmarkConfig(pk=1).save()
    factories.published_run({"vendor/one": (9, "0.001")})
    factories.sync_record("started", started_at=timezone.now())
    CatalogueImport.objects.create(started_at=timezone.now(), source="feed")
    factories.entry(factories.run())


@pytest.mark.parametrize("role", ROLES)
def test_lists_and_pages_of_an_empty_database_open_or_are_forbidden(role: str) -> None:
    client = signed_in(role)

    answers = {model._meta.label: client.get(address(model, "changelist"), follow=True).status_code for model in MODELS}

    assert set(answers.values()) <= {200, 403}
    if role == "root":
        assert set(answers.values()) == {200}


@pytest.mark.parametrize("role", ROLES)
def test_every_row_opens_or_is_forbidden(role: str) -> None:
    a_bit_of_everything()
    client = signed_in(role)
    rows = [row for model in MODELS if (row := model._default_manager.first()) is not None]

    answers = {
        f"{row} {page}": client.get(address(type(row), page, row.pk), follow=True).status_code
        for row in rows
        for page in ("change", "history", "delete")
    }

    assert set(answers.values()) <= {200, 403}, answers


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_of_many_rows_costs_few_queries(
    model: type[models.Model], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_bit_of_everything()
    client = signed_in("root")

    with django_assert_max_num_queries(25):
        client.get(address(model, "changelist"), follow=True)


@pytest.mark.parametrize(
    "query", ["q=%00", "p=x", "o=9.9", "all=", "e=1", "nonsense=1", "is_active__exact=x", "q=" + "x" * 5000]
)
def test_a_list_bears_any_query(query: str) -> None:
    a_bit_of_everything()
    client = signed_in("root")

    answers = {client.get(f"{address(model, 'changelist')}?{query}", follow=True).status_code for model in MODELS}

    assert answers <= {200, 400}
