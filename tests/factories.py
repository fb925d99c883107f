"""Rows for tests, as plain functions. What a test cares about is an argument; the rest is ordinary."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.contrib.auth.models import Group, User

from benchmark.domain.golden_case import Difficulty, GoldenCase, NumericCheck, Proof
from benchmark.domain.identity import MeasurementIdentity
from benchmark.domain.outcome import Outcome, Verdict
from benchmark.domain.summary import summarise
from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry, RunPurpose, RunState
from benchmark.models.summary import RouteSummary
from benchmark.models.sync import SyncRecord
from benchmark.pipeline.gateway_runner import configured_runner, current_identity
from benchmark.pipeline.publish_table import publish_table

NOW = datetime(2026, 6, 17, 5, 0, tzinfo=UTC)


def staff_user(name: str = "ada", *groups: str, password: str | None = None, **fields: object) -> User:
    """Save a person who may enter the admin, in the named groups (viewer, editor, operator, publisher)."""
    user = User.objects.create_user(name, password=password, is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def catalogue_model(model_id: str = "vendor/model", cost_usd: str | None = "20", **fields: object) -> CatalogueModel:
    """Save a priced, active model; `cost_usd` is its average attempt cost."""
    values: dict[str, object] = {
        "name": model_id,
        "context_length": 200_000,
        "prompt_price_usd": Decimal("0.000001"),
        "completion_price_usd": Decimal("0.000004"),
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "avg_attempt_cost_usd": None if cost_usd is None else Decimal(cost_usd),
        "first_seen_at": NOW,
        "changed_at": NOW,
    }
    return CatalogueModel.objects.create(model_id=model_id, **{**values, **fields})


def auto_decider(model: str = "vendor/model", cost_usd: str = "20", effort: str | None = None) -> AutoDecider:
    return AutoDecider.objects.create(
        model=model, avg_attempt_cost_usd=Decimal(cost_usd), reasoning_effort=effort, synced_at=NOW
    )


def catalogue_models(count: int) -> None:
    """Save `count` priced, active models whose costs spread from 0 to 100 USD per attempt."""
    CatalogueModel.objects.bulk_create(
        [
            CatalogueModel(
                model_id=f"vendor{number % 40}/model-{number}",
                name=f"Model {number}",
                prompt_price_usd=Decimal("0.000001"),
                completion_price_usd=Decimal("0.000004"),
                avg_attempt_cost_usd=Decimal(number) * 100 / count,
                first_seen_at=NOW,
                changed_at=NOW,
            )
            for number in range(count)
        ],
        batch_size=500,
    )


def exclusion(model: str = "vendor/unwanted", reason: str = "too slow", **fields: object) -> DeciderExclusion:
    return DeciderExclusion.objects.create(model=model, reason=reason, **fields)


def manual_decider(model: str = "vendor/pinned", effort: str | None = None, position: int = 0) -> ManualDecider:
    return ManualDecider.objects.create(model=model, reasoning_effort=effort, position=position)


def sync_record(outcome: str, **fields: object) -> SyncRecord:
    """Save a sync of the default band that ended with `outcome`."""
    values: dict[str, object] = {
        "started_at": NOW,
        "finished_at": NOW,
        "min_cost_usd": Decimal(15),
        "max_cost_usd": Decimal(25),
    }
    return SyncRecord.objects.create(outcome=outcome, **{**values, **fields})


def configuration(**fields: object) -> BenchmarkConfig:
    """Save these fields of the configuration; the rest stays as it was."""
    config = BenchmarkConfig.load()
    for name, value in fields.items():
        setattr(config, name, value)
    config.save()
    return config


def run(state: RunState = RunState.RUNNING, *, identity: MeasurementIdentity | None = None, **fields: object) -> Run:
    """Save a run with the saved configuration's snapshot and today's identity."""
    config, identity = BenchmarkConfig.load(), identity or current_identity()
    ended = None if state == RunState.RUNNING else NOW + timedelta(minutes=5)
    values: dict[str, object] = {
        "state": state,
        "purpose": RunPurpose.SET_CHANGED,
        "started_at": NOW,
        "progressed_at": NOW,
        "finished_at": ended,
        "identity": identity.digest,
        "golden_digest": identity.golden_digest,
        "grading_version": identity.grading_version,
        "runner_identity": identity.runner_identity,
        "is_simulated": configured_runner().is_simulated,
        "repetitions": config.repetitions,
        "min_accuracy": config.min_accuracy,
        "switch_cost_factor": config.switch_cost_factor,
        "best_accuracy_switch_threshold": config.best_accuracy_switch_threshold,
        "max_concurrency": config.max_concurrency,
        "max_cost_usd": config.max_run_cost_usd,
        "max_daily_cost_usd": config.max_daily_cost_usd,
        "unpriced_call_reserve_usd": config.unpriced_call_reserve_usd,
        "stale_after_hours": config.stale_after_hours,
    }
    return Run.objects.create(**{**values, **fields})


def entry(of: Run, model: str = "vendor/model", *, effort: str | None = None, **fields: object) -> RunEntry:
    values: dict[str, object] = {
        "position": of.entries.count(),
        "prompt_price_usd": Decimal("0.000001"),
        "completion_price_usd": Decimal("0.000004"),
        "call_limit": 8,
    }
    return RunEntry.objects.create(run=of, model=model, reasoning_effort=effort, **{**values, **fields})


def case_result(of: RunEntry, case_id: str = "case-1", **fields: object) -> CaseResult:
    """Save a finished, correct result with its texts."""
    values: dict[str, object] = {
        "route": ROUTES[0],
        "state": ResultState.DONE,
        "verdict": Verdict.CORRECT,
        "answer": "42",
        "extracted": "42",
        "explanation": "equals 42",
        "worst_case_usd": Decimal("0.01"),
        "cost_usd": Decimal("0.002"),
        "charged_usd": Decimal("0.002"),
        "finished_at": NOW,
    }
    return CaseResult.objects.create(run=of.run, entry=of, case_id=case_id, **{**values, **fields})


def measured_entry(
    of: Run, model: str, *, correct: int = 9, graded: int = 10, cost_usd: str = "0.001", effort: str | None = None
) -> RunEntry:
    """Save a ready entry with summaries of all 18 routes: `correct` of `graded` cases right, at `cost_usd` each."""
    row = entry(of, model, effort=effort, state=EntryState.READY, settled_at=NOW)
    verdicts = [Verdict.CORRECT] * correct + [Verdict.INCORRECT] * (graded - correct)
    outcomes = [Outcome(route, verdict, False, Decimal(cost_usd), 1200) for route in ROUTES for verdict in verdicts]
    RouteSummary.objects.bulk_create([RouteSummary.of(row, summary) for summary in summarise(outcomes)])
    return row


def published_run(models: Mapping[str, tuple[int, str]], **fields: object) -> Run:
    """Save a completed run and its live table: model -> (correct answers of 10, USD per case)."""
    done = run(RunState.COMPLETED, **fields)
    for model, (correct, cost_usd) in models.items():
        measured_entry(done, model, correct=correct, cost_usd=cost_usd)
    publish_table(done, NOW + timedelta(minutes=5))
    return done


def golden_case(case_id: str = "a-case", **fields: object) -> GoldenCase:
    """Return a case that is right in every respect."""
    values: dict[str, object] = {
        "route": ROUTES[0],
        "difficulty": Difficulty.EASY,
        "title": "Six times seven",
        "prompt": "What is the product of these?\n```numbers\n6 7\n```\n(Form of the answer, with other values: 5)",
        "check": NumericCheck(Decimal(42)),
        "max_output_tokens": 500,
        "proof": Proof("def answer(material):\n    a, b = map(int, material['numbers'].split())\n    return a * b"),
    }
    return GoldenCase(id=case_id, **{**values, **fields})  # type: ignore[arg-type]


def write_golden_set(folder: Path, **first_case: str) -> Path:
    """Write a right case for each route into `folder`, as TOML; `first_case` replaces lines of the first one."""
    tables = []
    for number, route in enumerate(ROUTES):
        lines = {
            "id": f'"case-{number}"',
            "route": f'"{route}"',
            "difficulty": '"easy"',
            "title": f'"Case {number}"',
            "prompt": f"'''\nWhat is 7 times this?\n```number\n{number + 2}\n```\n'''",
            "check": f'{{ kind = "numeric", value = {7 * (number + 2)} }}',
            "max_output_tokens": "500",
            "proof": "'def answer(material): return 7 * int(material[\"number\"])'",
            **({} if number else first_case),
        }
        tables.append("[[case]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value))
    folder.joinpath("cases.toml").write_text("\n\n".join(tables), encoding="utf-8")
    return folder


def case_results(
    of: RunEntry, verdict: Verdict | None = Verdict.CORRECT, *, cases: int | None = None, **fields: object
) -> list[CaseResult]:
    """Save the entry's results for the first `cases` golden cases (all by default); no verdict leaves them pending."""
    values: dict[str, object] = {
        "state": ResultState.PENDING if verdict is None else ResultState.DONE,
        "verdict": verdict or "",
        "cost_usd": None if verdict is None else Decimal("0.001"),
        "worst_case_usd": Decimal("0.01"),
    }
    return CaseResult.objects.bulk_create(
        CaseResult(run_id=of.run_id, entry=of, case_id=case.id, route=case.route, **{**values, **fields})
        for case in golden_set().cases[:cases]
    )
