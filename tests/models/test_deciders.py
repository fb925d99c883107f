"""Pins, exclusions and waivers as rows, and the effective set that they make."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from benchmark.domain.deciders import Decider
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import DeciderExclusion, ManualDecider, load_effective_set
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_effective_set_is_read_from_the_rows() -> None:
    factories.manual_decider("z/pinned", "high", position=0)
    factories.manual_decider("a/pinned", position=1)
    factories.auto_decider("b/cheap", "15")
    factories.auto_decider("c/dear", "25", "low")
    factories.auto_decider("d/gone", "20")
    DeciderExclusion.objects.create(model="d/gone", reason="too slow")
    DeciderExclusion.objects.create(model="z/pinned", reason="a pin wins")

    assert load_effective_set() == [
        Decider("z/pinned", "high"),
        Decider("a/pinned"),
        Decider("c/dear", "low", Decimal(25)),
        Decider("b/cheap", None, Decimal(15)),
    ]


@pytest.mark.parametrize(
    "model", ["", "x" * 256, "kilo-auto/best", "openrouter/auto", "acme-auto/x", " a/b", "a/b\n", "a\x00b", "a\ud800"]
)
def test_a_model_that_can_not_be_measured_can_not_be_pinned(model: str) -> None:
    BenchmarkConfig(pk=1, virtual_prefixes=["acme-auto/"]).save()

    with pytest.raises(ValidationError) as refused:
        ManualDecider(model=model).full_clean()

    assert "model" in refused.value.message_dict
    assert len(str(refused.value)) < 400


def test_an_unknown_effort_is_refused() -> None:
    with pytest.raises(ValidationError, match="extreme"):
        ManualDecider(model="a/b", reasoning_effort="extreme").full_clean()
