"""The configuration: one row, held in shape by the forms and by the database."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from benchmark.models.config import BenchmarkConfig

pytestmark = pytest.mark.django_db

IMPOSSIBLE: list[dict[str, Any]] = [
    {"min_cost_usd": Decimal(26)},
    {"max_cost_usd": Decimal(14)},
    {"min_cost_usd": Decimal(-1)},
    {"max_cost_usd": Decimal(1_000_001)},
    {"min_accuracy": Decimal("1.1")},
    {"min_accuracy": Decimal("-0.1")},
    {"switch_cost_factor": Decimal("0.999")},
    {"best_accuracy_switch_threshold": Decimal("1.5")},
    {"best_accuracy_switch_threshold": Decimal("-0.5")},
    {"max_concurrency": 0},
    {"max_concurrency": 101},
    {"repetitions": 0},
    {"repetitions": 6},
    {"max_run_cost_usd": Decimal(-1)},
    {"max_daily_cost_usd": Decimal(-1)},
]


def test_without_a_row_the_defaults_hold() -> None:
    config = BenchmarkConfig.load()

    assert (config.min_cost_usd, config.max_cost_usd) == (15, 25)
    assert config.min_accuracy == Decimal("0.7")
    assert (config.switch_cost_factor, config.best_accuracy_switch_threshold) == (3, Decimal("0.05"))
    assert (config.max_concurrency, config.repetitions) == (16, 1)
    assert (config.max_run_cost_usd, config.stale_after_hours) == (50, 6)
    assert not BenchmarkConfig.objects.exists()


def test_the_defaults_are_valid() -> None:
    config = BenchmarkConfig.load()

    config.full_clean()
    config.save()

    assert BenchmarkConfig.load().pk == 1


@pytest.mark.parametrize("fields", IMPOSSIBLE, ids=str)
def test_what_makes_no_sense_is_refused_with_the_field_at_fault(fields: dict[str, Any]) -> None:
    config = BenchmarkConfig.load()
    for name, value in fields.items():
        setattr(config, name, value)

    with pytest.raises(ValidationError) as refused:
        config.full_clean()

    assert set(refused.value.message_dict) & {*fields, "min_cost_usd", "__all__"}


@pytest.mark.parametrize("fields", IMPOSSIBLE, ids=str)
def test_the_database_refuses_it_too(fields: dict[str, Any]) -> None:
    BenchmarkConfig.load().save()

    with pytest.raises(IntegrityError), transaction.atomic():
        BenchmarkConfig.objects.update(**fields)

    assert BenchmarkConfig.load().band.min_usd == 15


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["min_cost_usd", "max_cost_usd", "min_accuracy", "max_run_cost_usd"])
def test_a_number_that_is_not_finite_is_refused(name: str, value: str) -> None:
    config = BenchmarkConfig.load()
    setattr(config, name, Decimal(value))

    with pytest.raises(ValidationError) as refused:
        config.full_clean()

    assert name in refused.value.message_dict


def test_swapped_bounds_are_named_in_words() -> None:
    config = BenchmarkConfig(pk=1, min_cost_usd=Decimal(25), max_cost_usd=Decimal(15))

    with pytest.raises(ValidationError) as refused:
        config.full_clean()

    assert refused.value.message_dict["min_cost_usd"] == ["$25 is above the maximum, $15. Swap the two?"]


def test_bounds_may_be_equal_and_zero() -> None:
    BenchmarkConfig(pk=1, min_cost_usd=Decimal(0), max_cost_usd=Decimal(0)).full_clean()


def test_a_cap_may_be_empty_on_purpose() -> None:
    BenchmarkConfig(pk=1, max_run_cost_usd=None, max_daily_cost_usd=None).full_clean()


@pytest.mark.parametrize("prefixes", ["acme/", [""], [5], {"a": 1}, None])
def test_prefixes_are_a_list_of_texts(prefixes: Any) -> None:
    config = BenchmarkConfig(pk=1, virtual_prefixes=prefixes)

    with pytest.raises(ValidationError) as refused:
        config.full_clean()

    assert "virtual_prefixes" in refused.value.message_dict


def test_a_second_row_is_refused() -> None:
    BenchmarkConfig.load().save()

    with pytest.raises(IntegrityError):
        BenchmarkConfig(pk=2).save(force_insert=True)
