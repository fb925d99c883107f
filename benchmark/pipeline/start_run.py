"""Starts a run: the snapshot, its entries, the carried summaries and one row per case to ask, in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from more_itertools import chunked

from benchmark.domain.deciders import Decider
from benchmark.domain.identity import MeasurementIdentity
from benchmark.golden.loader import golden_set
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.daily_spend import DailySpend
from benchmark.models.deciders import PriceWaiver, load_effective_set
from benchmark.models.run import CaseResult, EntryState, Run, RunEntry, RunPurpose, RunState
from benchmark.pipeline.carry import carry_answers, carry_summaries, holding_entries
from benchmark.pipeline.errors import ActiveRun, NoDeciders, OverBudget
from benchmark.pipeline.estimate import Estimate, estimate
from benchmark.pipeline.finish_run import finish_run
from benchmark.pipeline.gateway_runner import configured_runner, current_identity
from benchmark.pipeline.wake_lanes import wake_lanes

BATCH = 500
ROWS_PER_INSERT = 180  # SQLite takes 999 parameters for sure
UNPRICED = "unpriced: nobody knows its token prices; staff may allow it with a price waiver"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do: the unsaved entries, those whose measurement holds, and what the rest would cost."""

    entries: tuple[RunEntry, ...]
    holding: dict[tuple[str, str | None], RunEntry]
    estimate: Estimate

    def source_of(self, entry: RunEntry) -> RunEntry | None:
        """Return the measured entry that `entry` can carry, if any."""
        return self.holding.get((entry.model, entry.reasoning_effort))


def plan_run(
    config: BenchmarkConfig,
    identity: MeasurementIdentity,
    *,
    members: Sequence[Decider] | None = None,
    force: bool = False,
) -> Plan:
    """Return the plan for `members`, by default the effective set. Raises NoDeciders when there are none."""
    members = load_effective_set() if members is None else members
    if not members:
        raise NoDeciders("The effective set is empty: sync, or pin a model, first.")
    models = [member.model for member in members]
    holding = {} if force else holding_entries(identity, config.repetitions, models)
    entries = tuple(_entries(members, config))
    to_measure = [
        e for e in entries if (e.model, e.reasoning_effort) not in holding and e.state == EntryState.MEASURING
    ]
    return Plan(entries, holding, estimate(to_measure, config))


def start_run(
    purpose: RunPurpose,
    *,
    now: datetime,
    force: bool = False,
    started_by: User | None = None,
    accept_worst_case: bool = True,
    retry_of: Run | None = None,
) -> Run:
    """Start a run of the effective set and return it; when everything is carried it is complete at once.

    With `retry_of`, what that run's failed entries did answer is taken over, and only the rest of their cases is asked.

    Raises ActiveRun, NoDeciders, NotConfigured; OverBudget when `accept_worst_case` is false and the worst case could
    pass a cap.
    """
    config, runner = BenchmarkConfig.load(), configured_runner()
    identity = current_identity(runner)
    plan = plan_run(config, identity, force=force)
    if not accept_worst_case:
        _require_affordable(plan.estimate, config, now)
    with transaction.atomic():
        run = _insert_run(config, identity, purpose, force, started_by, now, is_simulated=runner.is_simulated)
        _insert_entries(run, plan, now)
        _insert_results(run)
        if retry_of is not None:
            carry_answers(run, retry_of)
        wake_lanes(run)
        finish_run(run.pk, now)
    run.refresh_from_db()
    return run


def _require_affordable(estimate: Estimate, config: BenchmarkConfig, now: datetime) -> None:
    """Raise OverBudget when the worst case passes the run's cap, or what other runs left of today's."""
    for name, cap, spent in (
        ("run", config.max_run_cost_usd, Decimal(0)),
        ("daily", config.max_daily_cost_usd, DailySpend.charged_on(now)),
    ):
        if cap is not None and estimate.worst_usd > cap - spent:
            left = f", of which ${cap - spent:.2f} are left today" if spent else ""
            raise OverBudget(
                f"In the worst case this run would cost ${estimate.worst_usd:.2f} (median ${estimate.median_usd:.2f}), "
                f"over the {name} cap of ${cap:.2f}{left}. The cap holds in any case: confirm to start all the same."
            )


def _entries(members: Sequence[Decider], config: BenchmarkConfig) -> Iterator[RunEntry]:
    """Yield an unsaved entry per member, with the catalogue's prices; unpriced ones without a waiver have failed."""
    waived = set(PriceWaiver.objects.values_list("model", flat=True))
    rows = {
        row.model_id: row
        for some in chunked([member.model for member in members], BATCH)
        for row in CatalogueModel.objects.filter(model_id__in=some)
    }
    for position, member in enumerate(members):
        row = rows.get(member.model)
        entry = RunEntry(
            position=position,
            model=member.model,
            reasoning_effort=member.reasoning_effort,
            prompt_price_usd=row.prompt_price_usd if row else None,
            completion_price_usd=row.completion_price_usd if row else None,
            avg_attempt_cost_usd=row.avg_attempt_cost_usd if row else None,
            call_limit=ceil(config.max_concurrency / 2),
        )
        if not entry.is_priced and entry.model not in waived:
            entry.state, entry.reason = EntryState.FAILED, UNPRICED
        yield entry


def _insert_run(
    config: BenchmarkConfig,
    identity: MeasurementIdentity,
    purpose: RunPurpose,
    force: bool,
    started_by: User | None,
    now: datetime,
    *,
    is_simulated: bool,
) -> Run:
    if active := Run.objects.filter(state=RunState.RUNNING).values_list("pk", flat=True).first():
        raise ActiveRun(active)
    run = Run(
        purpose=purpose,
        force=force,
        started_by=started_by,
        started_at=now,
        progressed_at=now,
        identity=identity.digest,
        golden_digest=identity.golden_digest,
        grading_version=identity.grading_version,
        runner_identity=identity.runner_identity,
        is_simulated=is_simulated,
        repetitions=config.repetitions,
        min_accuracy=config.min_accuracy,
        switch_cost_factor=config.switch_cost_factor,
        best_accuracy_switch_threshold=config.best_accuracy_switch_threshold,
        max_concurrency=config.max_concurrency,
        max_cost_usd=config.max_run_cost_usd,
        max_daily_cost_usd=config.max_daily_cost_usd,
        unpriced_call_reserve_usd=config.unpriced_call_reserve_usd,
        stale_after_hours=config.stale_after_hours,
    )
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        # Another process won between the look and the insert.
        raise ActiveRun(Run.objects.filter(state=RunState.RUNNING).values_list("pk", flat=True).first()) from None
    return run


def _insert_entries(run: Run, plan: Plan, now: datetime) -> None:
    for entry in plan.entries:
        entry.run = run
        source = plan.source_of(entry)
        if source is not None:
            entry.state, entry.reason, entry.carried_from_id = EntryState.CARRIED, "", source.run_id
        if entry.state != EntryState.MEASURING:
            entry.settled_at = now
    RunEntry.objects.bulk_create(plan.entries, batch_size=BATCH)
    carry_summaries((source, entry) for entry in plan.entries if (source := plan.source_of(entry)) is not None)


def _insert_results(run: Run) -> None:
    """Insert one pending row per (entry, case, repetition).

    Only what sets the rows of a batch apart is sent for each: `bulk_create` sends every default for every row and takes
    many times as long, while on SQLite all other writers wait for the end of this transaction.
    """
    own = ("entry_id", "case_id", "route", "repetition", "worst_case_usd")
    blank = CaseResult(run=run)
    same = [f for f in CaseResult._meta.concrete_fields if not f.primary_key and f.column not in own]
    defaults = [field.get_db_prep_save(getattr(blank, field.attname), connection) for field in same]
    columns = ", ".join([*own, *(str(field.column) for field in same)])
    insert = f"INSERT INTO {CaseResult._meta.db_table} ({columns}) SELECT asked.*{', %s' * len(same)} FROM "  # noqa: S608
    with connection.cursor() as cursor:
        for rows in chunked(_cases_to_ask(run), ROWS_PER_INSERT):
            values = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
            cursor.execute(
                f"{insert} (VALUES {values}) AS asked", [*defaults, *(value for row in rows for value in row)]
            )


def _cases_to_ask(run: Run) -> Iterator[tuple[int, str, str, int, Decimal]]:
    """Yield (entry id, case id, route, repetition, worst case in USD) of each row to insert."""
    for entry in run.entries.filter(state=EntryState.MEASURING):
        for case in golden_set().cases:
            worst_case_usd = entry.worst_case_usd(case, run.unpriced_call_reserve_usd)
            for repetition in range(1, run.repetitions + 1):
                yield entry.pk, case.id, case.route, repetition, worst_case_usd
