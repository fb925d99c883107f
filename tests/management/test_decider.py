"""manage.py decider: pin, exclude, waive, list."""

from decimal import Decimal

import pytest

from benchmark.models.deciders import DeciderExclusion, ManualDecider, PriceWaiver
from tests import factories
from tests.management.manage import manage

pytestmark = pytest.mark.django_db


def test_a_pin_joins_the_effective_set_behind_earlier_pins() -> None:
    manage("decider", "pin", "b/second")
    ended = manage("decider", "pin", "a/third", "--effort", "high", "--json")

    assert ended.code == 0
    assert [(m["model"], m["kind"], m["reasoning_effort"]) for m in ended.result["effective_set"]] == [
        ("b/second", "manual", None),
        ("a/third", "manual", "high"),
    ]


def test_pinning_again_changes_the_effort_and_keeps_the_place() -> None:
    for arguments in (["a/one"], ["b/two"], ["a/one", "--effort", "low"]):
        manage("decider", "pin", *arguments)

    assert list(ManualDecider.objects.values_list("model", "reasoning_effort")) == [("a/one", "low"), ("b/two", None)]


def test_a_pin_can_be_taken_back() -> None:
    factories.manual_decider("a/b")

    assert manage("decider", "unpin", "a/b").code == 0
    assert not ManualDecider.objects.exists()


def test_an_exclusion_needs_a_reason_and_takes_the_auto_decider_out() -> None:
    factories.auto_decider("a/b")

    without = manage("decider", "exclude", "a/b")
    ended = manage("decider", "exclude", "a/b", "--reason", "too slow")

    assert (without.code, ended.code) == (2, 0)
    assert "0 in the effective set" in ended.output
    assert "excluded: a/b (too slow)" in ended.output


def test_an_exclusion_may_name_a_model_that_is_not_synced_and_be_taken_back() -> None:
    listed = manage("decider", "exclude", "not/synced", "--reason", "never", "--json").result["exclusions"]
    manage("decider", "include", "not/synced")

    assert listed == [{"model": "not/synced", "reason": "never", "is_synced": False}]
    assert not DeciderExclusion.objects.exists()


def test_excluding_again_changes_the_reason() -> None:
    manage("decider", "exclude", "a/b", "--reason", "first")
    manage("decider", "exclude", "a/b", "--reason", "second")

    assert DeciderExclusion.objects.get().reason == "second"


def test_a_price_can_be_waived_twice_and_required_again() -> None:
    assert manage("decider", "waive-price", "a/b").code == 0
    assert manage("decider", "waive-price", "a/b").code == 0
    assert PriceWaiver.objects.count() == 1
    assert manage("decider", "require-price", "a/b").code == 0
    assert not PriceWaiver.objects.exists()


def test_the_list_shows_kind_cost_and_effort() -> None:
    factories.manual_decider("a/pinned", "high")
    factories.auto_decider("b/auto", "20.65")

    output = manage("decider", "list").output

    assert "2 in the effective set:" in output
    assert "  manual        -  high     a/pinned\n" in output
    assert "  auto     $20.65  -        b/auto" in output


@pytest.mark.parametrize("action", ["unpin", "include", "require-price"])
def test_taking_back_what_is_not_there_fails(action: str) -> None:
    ended = manage("decider", action, "a/b" * 5000)

    assert ended.code == 1
    assert "is not" in ended.error
    assert len(ended.error) < 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: ACTION"),
        (["dance"], "invalid choice: 'dance'"),
        (["pin"], "the following arguments are required: model"),
        (["pin", "a/b", "--effort", "extreme"], "invalid choice: 'extreme'"),
        (["pin", "x" * 10_000], "model: Ensure this value has at most 255 characters (it has 10000)."),
        (["pin", ""], "model: This field cannot be blank."),
        (["pin", " a/b"], "' a/b' is no model id"),
        (["pin", "a\x07b"], "is no model id"),
        (["pin", "a\udcffb"], "An argument holds bytes that are no UTF-8 text."),
        (["pin", "kilo-auto/best"], "is a virtual model"),
        (["exclude", "x" * 10_000, "--reason", "r"], "model: Ensure this value has at most 255 characters"),
        (["exclude", "a/b", "--reason", ""], "reason: This field cannot be blank."),
        (["exclude", "a/b", "--reason", "r" * 501], "reason: Ensure this value has at most 500 characters"),
        (["exclude", "a\udcffb", "--reason", "r"], "An argument holds bytes that are no UTF-8 text."),
        (["waive-price", "x" * 256], "model: Ensure this value has at most 255 characters"),
    ],
    ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else "",
)
def test_bad_usage_changes_nothing(arguments: list[str], said: str) -> None:
    ended = manage("decider", *arguments)

    assert ended.code == 2
    assert said in ended.error
    assert len(ended.error) < 1000
    assert not any(kind.objects.exists() for kind in (ManualDecider, DeciderExclusion, PriceWaiver))


@pytest.mark.parametrize("action", ["pin", "waive-price"])
def test_a_model_that_the_catalogue_does_not_know_is_taken_with_a_warning_and_what_is_similar(action: str) -> None:
    factories.catalogue_model("vendor/model-2026-01")

    unknown = manage("decider", action, "vendor/model")
    known = manage("decider", action, "vendor/model-2026-01")

    assert (unknown.code, known.code) == (0, 0)
    assert "Warning: the catalogue knows no model 'vendor/model'" in unknown.output
    assert "Similar: vendor/model-2026-01." in unknown.output
    assert "Warning" not in known.output


def test_a_pinned_model_is_listed_with_its_cost_from_the_catalogue() -> None:
    factories.catalogue_model("a/model", avg_attempt_cost_usd=Decimal("21.5"))

    listed = manage("decider", "pin", "a/model", "--json").result["effective_set"]

    assert [(row["model"], row["avg_attempt_cost_usd"]) for row in listed] == [("a/model", 21.5)]
