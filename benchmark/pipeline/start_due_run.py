"""Starts a run if one is due and may start, and notes in the sync's record what became of that."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from benchmark.models.config import BenchmarkConfig
from benchmark.models.daily_spend import DailySpend
from benchmark.models.deciders import load_effective_set
from benchmark.models.run import Run, RunPurpose, RunState
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.due import due_purpose
from benchmark.pipeline.errors import ActiveRun, NoDeciders, NotConfigured
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.start_run import plan_run, start_run

START_TIME: Final = timedelta(minutes=5)


def start_due_run(record: SyncRecord, now: datetime) -> None:
    """Start the run that is due, or note in `record` why none starts."""
    try:
        record.outcome, record.detail = _start(record, now)
    except ActiveRun as error:
        record.outcome, record.detail, record.run_id = SyncOutcome.ACTIVE_RUN, str(error), error.run_id
    except NoDeciders as error:
        record.outcome, record.detail = SyncOutcome.NO_DECIDERS, str(error)
    except NotConfigured as error:
        record.outcome, record.detail = SyncOutcome.FAILED, str(error)
    record.save(update_fields=["outcome", "detail", "due_reason", "run"])


def start_waiting_run(now: datetime) -> None:
    """Start the run that the newest sync could not start, since another one was active or it crashed, if it is still due."""
    record = SyncRecord.objects.first()
    if record is None or not (record.outcome == SyncOutcome.ACTIVE_RUN or _crashed_before_its_start(record, now)):
        return
    if not Run.objects.filter(state=RunState.RUNNING).exists():
        start_due_run(record, now)


def _crashed_before_its_start(record: SyncRecord, now: datetime) -> bool:
    """Return whether the sync stored its models a while ago and then said nothing of a run."""
    return not record.outcome and record.finished_at is not None and record.finished_at < now - START_TIME


def _start(record: SyncRecord, now: datetime) -> tuple[SyncOutcome, str]:
    members = load_effective_set()
    if not members:
        raise NoDeciders("The effective set is empty.")
    identity, config = current_identity(), BenchmarkConfig.load()
    purpose = due_purpose(members, identity, now)
    record.due_reason, record.run = purpose or "", None
    if purpose is None:
        return SyncOutcome.UNCHANGED, ""
    if over := _over_budget(config, plan_run(config, identity).estimate.median_usd, now):
        return SyncOutcome.OVER_BUDGET, over
    record.run = start_run(RunPurpose(purpose), now=now)
    return SyncOutcome.STARTED, ""


def _over_budget(config: BenchmarkConfig, median_usd: Decimal, now: datetime) -> str:
    """Return why the unattended start does not fit the caps, or nothing."""
    if config.max_run_cost_usd is not None and median_usd > config.max_run_cost_usd:
        return f"The run would cost about ${median_usd:.2f}, over the run cap of ${config.max_run_cost_usd:.2f}."
    if config.max_daily_cost_usd is not None:
        left = config.max_daily_cost_usd - DailySpend.charged_on(now)
        if median_usd > left:
            return f"The run would cost about ${median_usd:.2f}; the daily cap leaves ${left:.2f} today."
    return ""
