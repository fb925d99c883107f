"""What a run would cost, and whether it may start at that."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from benchmark.golden.loader import golden_set
from benchmark.models.config import BenchmarkConfig
from benchmark.models.daily_spend import DailySpend
from benchmark.models.deciders import PriceWaiver
from benchmark.models.run import EntryState, Run, RunEntry, RunPurpose, RunState
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.errors import OverBudget
from benchmark.pipeline.estimate import Estimate, estimate
from benchmark.pipeline.start_due_run import start_due_run
from benchmark.pipeline.start_run import start_run
from tests import factories

pytestmark = pytest.mark.django_db

NOW = factories.NOW
CASES = golden_set().cases


def decider(model: str = "a/model", **fields: object) -> None:
    factories.catalogue_model(model, **fields)
    factories.auto_decider(model)


def estimate_of_one(**fields: object) -> Estimate:
    entry = RunEntry(model="a/model", position=0, prompt_price_usd=Decimal(0), completion_price_usd=Decimal("0.000004"))
    return estimate([entry], BenchmarkConfig(**fields))


def a_sync() -> SyncRecord:
    return SyncRecord.objects.create(started_at=NOW, min_cost_usd=15, max_cost_usd=25)


def start(**options: Any) -> Run:
    return start_run(RunPurpose.MANUAL, now=NOW, **options)


def test_the_worst_case_fills_every_output_limit_and_the_median_a_quarter_of_it() -> None:
    figures = estimate_of_one()

    worst = sum(case.max_output_tokens for case in CASES) * Decimal("0.000004")
    assert (figures.calls, figures.worst_usd, figures.median_usd) == (len(CASES), worst, worst / 4)


def test_repetitions_multiply_calls_and_costs() -> None:
    one, three = estimate_of_one(), estimate_of_one(repetitions=3)

    assert three.calls == 3 * one.calls
    assert (three.median_usd, three.worst_usd) == (3 * one.median_usd, 3 * one.worst_usd)


def test_calls_of_an_unpriced_model_count_at_the_reserve_and_it_is_named() -> None:
    entry = RunEntry(model="a/unpriced", position=0)

    figures = estimate([entry], BenchmarkConfig(unpriced_call_reserve_usd=Decimal("0.05")))

    assert figures.median_usd == figures.worst_usd == len(CASES) * Decimal("0.05")
    assert figures.unpriced == ("a/unpriced",)


def test_the_worst_case_is_the_sum_of_what_the_run_would_reserve() -> None:
    factories.configuration(repetitions=2)
    decider()

    run = start()

    reserved = run.results.aggregate(total=Sum("worst_case_usd"))["total"]
    planned = estimate(run.entries.all(), BenchmarkConfig.load()).worst_usd
    assert reserved.quantize(Decimal("1e-10")) == planned


def test_the_estimate_command_states_calls_costs_what_is_carried_and_what_is_unpriced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    decider("a/measured")
    decider("b/new")
    decider("c/unpriced", prompt_price_usd=None)
    PriceWaiver.objects.create(model="c/unpriced")
    factories.published_run({"a/measured": (9, "0.001")})

    call_command("run_deciders", "--estimate", "--json")
    call_command("run_deciders", "--estimate")

    as_json, *for_people = capsys.readouterr().out.splitlines()
    figures = json.loads(as_json)
    assert (figures["calls"], figures["carried"], figures["unpriced"]) == (2 * len(CASES), 1, ["c/unpriced"])
    assert 0 < figures["median_usd"] < figures["worst_usd"]
    assert f"{2 * len(CASES)} calls: about ${figures['median_usd']:.2f}" in for_people[0]
    assert "c/unpriced" in for_people[1]
    assert not Run.objects.filter(state=RunState.RUNNING).exists()


def test_a_start_by_hand_whose_worst_case_passes_the_run_cap_asks_for_confirmation() -> None:
    factories.configuration(max_run_cost_usd=Decimal("0.5"))
    decider()

    with pytest.raises(OverBudget, match=r"over the run cap of \$0\.50"):
        start(accept_worst_case=False)

    assert not Run.objects.exists()
    assert start(accept_worst_case=True).is_running


def test_a_start_by_hand_asks_when_the_worst_case_passes_what_is_left_of_the_day() -> None:
    factories.configuration(max_run_cost_usd=None, max_daily_cost_usd=Decimal(100))
    DailySpend.charge(NOW, Decimal("99.75"))
    decider()

    with pytest.raises(OverBudget, match=r"daily cap of \$100\.00, of which \$0\.25 are left today"):
        start(accept_worst_case=False)


def test_the_command_asks_too_and_takes_yes_for_an_answer() -> None:
    factories.configuration(max_run_cost_usd=Decimal("0.5"))
    decider()

    with pytest.raises(CommandError, match="confirm"):
        call_command("run_deciders")
    call_command("run_deciders", "--yes")

    assert Run.objects.get().is_running


def test_a_start_by_hand_that_fits_in_the_worst_case_asks_nothing() -> None:
    factories.configuration(max_run_cost_usd=Decimal(1000), max_daily_cost_usd=Decimal(1000))
    decider()

    assert start(accept_worst_case=False).is_running


@pytest.mark.parametrize(
    ("caps", "spent", "said"),
    [
        ({"max_run_cost_usd": Decimal("0.5")}, "0", "over the run cap of $0.50"),
        ({"max_run_cost_usd": None, "max_daily_cost_usd": Decimal(10)}, "9.75", "the daily cap leaves $0.25 today"),
    ],
)
def test_an_unattended_start_whose_median_does_not_fit_is_refused(
    caps: dict[str, Decimal | None], spent: str, said: str
) -> None:
    factories.configuration(**caps)
    DailySpend.charge(NOW, Decimal(spent))
    decider()
    record = a_sync()

    start_due_run(record, NOW)

    record.refresh_from_db()
    assert record.outcome == SyncOutcome.OVER_BUDGET
    assert record.due_reason == "set_changed"
    assert said in record.detail
    assert not Run.objects.exists()


def test_an_unattended_start_goes_ahead_when_only_the_worst_case_passes_the_cap() -> None:
    decider()
    figures = estimate(start(accept_worst_case=True).entries.all(), BenchmarkConfig.load())
    Run.objects.all().delete()
    factories.configuration(max_run_cost_usd=((figures.median_usd + figures.worst_usd) / 2).quantize(Decimal("0.0001")))
    record = a_sync()

    start_due_run(record, NOW)

    assert record.outcome == SyncOutcome.STARTED


def test_a_model_without_any_price_is_not_started() -> None:
    decider("a/priced")
    decider("b/unpriced", completion_price_usd=None)

    run = start()

    unpriced = run.entries.get(model="b/unpriced")
    assert unpriced.state == EntryState.FAILED
    assert unpriced.reason.startswith("unpriced")
    assert not unpriced.results.exists()
    assert run.entries.get(model="a/priced").results.count() == len(CASES)


def test_a_pinned_model_that_no_feed_names_is_unpriced_too() -> None:
    factories.manual_decider("a/unheard-of")

    run = start()

    assert run.state == RunState.FAILED
    assert "unpriced" in run.reason


def test_a_waiver_lets_an_unpriced_model_start_at_the_reserve() -> None:
    factories.configuration(unpriced_call_reserve_usd=Decimal("0.05"))
    decider("b/unpriced", completion_price_usd=None)
    PriceWaiver.objects.create(model="b/unpriced")

    run = start()

    assert run.entries.get().state == EntryState.MEASURING
    assert set(run.results.values_list("worst_case_usd", flat=True)) == {Decimal("0.05")}
