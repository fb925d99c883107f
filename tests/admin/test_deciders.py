"""The deciders' page: pins, efforts, exclusions, and why a model is in or out."""

import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider, PriceWaiver
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/admin/benchmark/autodecider/"


@pytest.fixture
def editor() -> Client:
    return signed_in("editor")


def signed_in(*groups: str) -> Client:
    client = Client()
    client.force_login(factories.staff_user("-".join(groups), *groups))
    return client


def said(response: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def pins(client: Client, **changes: str) -> dict[str, Any]:
    """Return what the form of the pins would post, with `changes`."""
    context = client.get(PAGE).context
    posted = {"seen": context["pins_version"]}
    for form in [context["manual"].management_form, *context["manual"].forms]:
        for field in form:
            posted[field.html_name] = "" if field.value() is None or field.value() is False else str(field.value())
    return posted | changes


def efforts(client: Client, **changes: str) -> dict[str, Any]:
    """Return what the list's form would post: each effort, and what it was when it was shown."""
    formset = client.get(PAGE).context["cl"].formset
    posted = {"_save": "Save", "form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    for field in formset.management_form:
        posted[field.html_name] = str(field.value())
    for form in formset.forms:
        shown = form["reasoning_effort"].value() or ""
        posted |= {f"{form.prefix}-id": str(form.instance.pk), f"{form.prefix}-reasoning_effort": shown}
        posted[f"initial-{form.prefix}-reasoning_effort"] = shown
    return posted | changes


def test_a_model_is_pinned_with_an_effort(editor: Client) -> None:
    form = pins(editor, **{"manual-0-model": "vendor/pin", "manual-0-reasoning_effort": "high"})

    editor.post(f"{PAGE}manual/", form)

    row = ManualDecider.objects.get()
    assert (row.model, row.reasoning_effort) == ("vendor/pin", "high")
    assert row.history.get().history_user.username == "editor"


def test_pins_are_put_in_another_order_and_taken_away(editor: Client) -> None:
    for position, model in enumerate(("a", "b", "c")):
        factories.manual_decider(model, position=position)
    form = pins(editor, **{"manual-0-position": "9", "manual-1-DELETE": "on"})

    editor.post(f"{PAGE}manual/", form)

    assert [row.model for row in ManualDecider.objects.all()] == ["c", "a"]


@pytest.mark.parametrize(
    ("model", "complaint"), [("kilo-auto/best", "virtual"), ("taken", "already exists"), ("x" * 256, "at most 255")]
)
def test_a_pin_that_can_not_be_is_refused_beside_its_field(editor: Client, model: str, complaint: str) -> None:
    factories.manual_decider("taken")
    form = pins(editor, **{"manual-1-model": model})

    page = editor.post(f"{PAGE}manual/", form)

    assert complaint in str(page.context["manual"].forms[1].errors["model"])
    assert ManualDecider.objects.count() == 1


def test_the_second_of_two_editors_of_the_pins_is_told_and_overwrites_nothing(editor: Client) -> None:
    factories.manual_decider("a")
    form = pins(editor, **{"manual-0-reasoning_effort": "low"})
    ManualDecider.objects.update(reasoning_effort="high")

    response = editor.post(f"{PAGE}manual/", form)

    assert "Somebody changed the pins" in said(response)
    assert ManualDecider.objects.get().reasoning_effort == "high"


def test_an_auto_deciders_effort_is_set_in_the_list(editor: Client) -> None:
    factories.auto_decider("a", "20")
    factories.auto_decider("b", "19", effort="low")
    form = efforts(editor, **{"form-0-reasoning_effort": "high", "form-1-reasoning_effort": ""})

    editor.post(PAGE, form)

    assert dict(AutoDecider.objects.values_list("model", "reasoning_effort")) == {"a": "high", "b": None}


def test_an_effort_that_the_editor_left_alone_does_not_undo_anothers_change(editor: Client) -> None:
    factories.auto_decider("a", "20")
    factories.auto_decider("b", "19")
    form = efforts(editor, **{"form-0-reasoning_effort": "high"})
    AutoDecider.objects.filter(model="b").update(reasoning_effort="medium")

    editor.post(PAGE, form)

    assert dict(AutoDecider.objects.values_list("model", "reasoning_effort")) == {"a": "high", "b": "medium"}


def test_two_changes_of_one_effort_conflict(editor: Client) -> None:
    factories.auto_decider("a", "20")
    form = efforts(editor, **{"form-0-reasoning_effort": "high"})
    AutoDecider.objects.update(reasoning_effort="medium")

    page = editor.post(PAGE, form)

    assert "Somebody changed it" in page.content.decode()
    assert AutoDecider.objects.get().reasoning_effort == "medium"


def test_an_exclusion_needs_a_reason(editor: Client) -> None:
    factories.auto_decider("a")

    asked = editor.post(f"{PAGE}exclude/", {"models": '["a"]'})
    refused = editor.post(f"{PAGE}exclude/", {"models": '["a"]', "reason": " "})

    assert asked.context["confirmation"].form.errors == {}
    assert refused.context["confirmation"].form.errors["reason"]
    assert not DeciderExclusion.objects.exists()


def test_an_exclusion_keeps_its_reason_and_author(editor: Client) -> None:
    factories.auto_decider("a")

    editor.post(f"{PAGE}exclude/", {"models": '["a"]', "reason": "rude"})

    row = DeciderExclusion.objects.get()
    assert (row.model, row.reason, row.author.username) == ("a", "rude", "editor")


def test_many_are_excluded_at_once_and_those_that_were_keep_their_reason(editor: Client) -> None:
    rows = [factories.auto_decider(f"m{number}") for number in range(3)]
    factories.exclusion("m0", "first reason")
    chosen = {"action": "exclude_chosen", "_selected_action": [str(row.pk) for row in rows]}
    asked = editor.post(PAGE, chosen)
    models = asked.context["confirmation"].form["models"].value()

    response = editor.post(f"{PAGE}exclude/", {"models": models, "reason": "all"})

    assert "Excluded 2. 1 were excluded before." in said(response)
    assert dict(DeciderExclusion.objects.values_list("model", "reason")) == {
        "m0": "first reason",
        "m1": "all",
        "m2": "all",
    }


def test_an_exclusion_is_taken_back_and_stays_in_the_history(editor: Client) -> None:
    factories.exclusion("a")

    editor.post(f"{PAGE}include/", {"models": '["a"]'})

    assert not DeciderExclusion.objects.exists()
    assert [row.history_type for row in DeciderExclusion.history.all()] == ["-", "+"]


@pytest.mark.parametrize("models", ["", "x", "{}", "[]", "[1]", '["%s"]' % ("x" * 256), "[" * 5000, '["\\u0000"]'])
def test_nonsense_for_models_is_refused_with_a_message(editor: Client, models: str) -> None:
    answers = [editor.post(f"{PAGE}{verb}/", {"models": models, "reason": "x"}) for verb in ("exclude", "include")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(said(answer) for answer in answers)
    assert not DeciderExclusion.objects.exists()


def test_a_viewer_sees_all_of_it_and_can_change_nothing() -> None:
    factories.manual_decider("vendor/pin")
    factories.auto_decider("a")
    factories.exclusion("b")
    client = signed_in("viewer")

    page = client.get(PAGE).content.decode()
    refused = [
        client.post(f"{PAGE}{path}", {"models": json.dumps(["a"]), "reason": "x"}).status_code
        for path in ("manual/", "exclude/", "include/")
    ]

    assert "vendor/pin" in page
    assert "formaction" not in page
    assert "Save the pins" not in page
    assert refused == [403, 403, 403]


@pytest.mark.parametrize("path", ["exclude/", "include/"])
def test_nothing_is_excluded_or_included_by_a_link(editor: Client, path: str) -> None:
    answer = editor.get(f"{PAGE}{path}", {"models": '["a"]', "reason": "x"})

    assert answer.status_code == 403


def test_why_finds_models_by_a_part_of_their_id(editor: Client) -> None:
    factories.catalogue_model("vendor/Alpha", "20")
    factories.catalogue_model("vendor/beta", "2")

    page = editor.get(f"{PAGE}why/", {"q": "alpha"}).content.decode()

    assert "vendor/Alpha" in page
    assert "in the band; enters at the next sync" in page
    assert "beta" not in page


def test_the_page_costs_few_queries_whatever_its_length(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(120):
        factories.auto_decider(f"vendor/{number}")
        factories.exclusion(f"vendor/{number}")

    with django_assert_max_num_queries(25):
        editor.get(PAGE)


def test_ids_with_markup_are_shown_as_text(editor: Client) -> None:
    wicked = "<script>alert(1)</script>"
    factories.catalogue_model(wicked)
    factories.auto_decider(wicked)
    factories.manual_decider(wicked)
    factories.exclusion(wicked, wicked)

    pages = [editor.get(url).content.decode() for url in (PAGE, f"{PAGE}why/?q=%3Cscript")]

    assert all("<script>alert(1)" not in page for page in pages)


def test_a_price_waiver_says_who_gave_it(editor: Client) -> None:
    editor.post("/admin/benchmark/pricewaiver/add/", {"model": "vendor/unpriced"})

    assert PriceWaiver.objects.get().author.username == "editor"
