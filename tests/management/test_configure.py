"""manage.py configure: show, change, refuse."""

from decimal import Decimal

import pytest

from benchmark.models.config import BenchmarkConfig
from tests.management.manage import manage

pytestmark = pytest.mark.django_db


def test_without_options_it_shows_the_configuration_and_saves_nothing() -> None:
    ended = manage("configure")

    assert ended.code == 0
    assert "min_cost_usd                     15\n" in ended.output
    assert "max_concurrency                  16\n" in ended.output
    assert not BenchmarkConfig.objects.exists()


def test_it_changes_what_is_given_and_nothing_else() -> None:
    ended = manage("configure", "--min-cost", "12", "--max-cost", "24.5", "--min-accuracy", "0.8", "--json")

    config = BenchmarkConfig.load()
    assert ended.code == 0
    assert (config.min_cost_usd, config.max_cost_usd) == (12, Decimal("24.5"))
    assert (config.min_accuracy, config.repetitions) == (Decimal("0.8"), 1)
    assert Decimal(ended.result["max_cost_usd"]) == Decimal("24.5")


def test_a_cap_can_be_taken_off_on_purpose() -> None:
    ended = manage("configure", "--max-run-cost", "none")

    assert "max_run_cost_usd                 none (no cap)" in ended.output
    assert BenchmarkConfig.load().max_run_cost_usd is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--min-cost", "25", "--max-cost", "15"], "min_cost_usd: $25 is above the maximum, $15. Swap the two?"),
        (["--min-cost", "26"], "min_cost_usd: $26 is above the maximum, $25. Swap the two?"),
        (["--min-cost=-1"], "min_cost_usd: Ensure this value is greater than or equal to 0."),
        (["--max-cost", "inf"], "--max-cost: 'inf' is not a finite number."),
        (["--max-cost", "NaN"], "--max-cost: 'NaN' is not a finite number."),
        (["--max-cost", "sNaN"], "--max-cost: 'sNaN' is not a finite number."),
        (["--max-cost", "1e30"], "max_cost_usd: Ensure"),
        (["--min-cost", "1e999999999"], "min_cost_usd: Ensure"),
        (["--max-cost", "lots"], "--max-cost: 'lots' is not a finite number."),
        (["--max-cost", ""], "--max-cost: '' is not a finite number."),
        (["--min-cost", "none"], "--min-cost: 'none' is not a finite number."),
        (["--min-accuracy", "70"], "min_accuracy: Ensure"),
        (["--max-concurrency", "101"], "max_concurrency: Ensure this value is less than or equal to 100."),
        (["--max-concurrency", "1.5"], "--max-concurrency: '1.5' is not a whole number."),
        (["--repetitions", "1e999999999"], "--repetitions: '1e999999999' is not a whole number."),
        (["--max-run-cost=-5"], "max_run_cost_usd: Ensure"),
        (["--stale-after-hours", "x" * 10_000], "--stale-after-hours: 'xxx"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_values_are_bad_usage_and_change_nothing(arguments: list[str], said: str) -> None:
    ended = manage("configure", *arguments)

    assert ended.code == 2
    assert said in ended.error
    assert len(ended.error) < 400
    assert not BenchmarkConfig.objects.exists()


def test_an_unknown_option_is_bad_usage() -> None:
    ended = manage("configure", "--colour", "blue")

    assert ended.code == 2
    assert "unrecognized arguments: --colour blue" in ended.error


def test_with_json_an_error_is_json_too() -> None:
    ended = manage("configure", "--max-cost", "inf", "--json")

    assert ended.code == 2
    assert ended.result == {"error": "--max-cost: 'inf' is not a finite number."}
