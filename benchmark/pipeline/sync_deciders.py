"""The sync: feed -> catalogue -> candidates -> auto deciders, then a run if one is due. Everything is recorded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from benchmark.domain.candidates import Candidate
from benchmark.domain.deciders import Decider, SetDifference, carry_efforts
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, ManualDecider
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.errors import Conflict
from benchmark.pipeline.import_catalogue import import_url
from benchmark.pipeline.start_due_run import start_due_run
from benchmark.pipeline.tend_runs import salvage_stale_runs
from benchmark.sources.candidates_client import fetch_candidates
from benchmark.sources.fetch import FetchError


def sync_deciders(
    *, now: datetime, trigger: str = "manual", transport: httpx.BaseTransport | None = None
) -> SyncRecord:
    """Sync, start a run if one is due, and return the record. A failed fetch changes nothing and is recorded."""
    salvage_stale_runs(now)
    config = BenchmarkConfig.load()
    record = SyncRecord.objects.create(
        started_at=now, trigger=trigger, min_cost_usd=config.min_cost_usd, max_cost_usd=config.max_cost_usd
    )
    try:
        if settings.COST_FEED_URL:
            record.catalogue_import = import_url(settings.COST_FEED_URL, now=now, transport=transport)
        candidates = _find_candidates(config, transport)
    except FetchError as error:
        record.outcome, record.detail, record.finished_at = SyncOutcome.FAILED, str(error)[:500], timezone.now()
        record.save()
    else:
        _store(record, {candidate.id: candidate.avg_attempt_cost_usd for candidate in candidates}, now)
    if not record.outcome:
        start_due_run(record, now)
    return record


def apply_held_sync(record: SyncRecord, now: datetime) -> SyncRecord:
    """Store what the shrink guard held back, on staff's word, and start a run if one is due. Raises Conflict."""
    with transaction.atomic():
        _one_at_a_time()
        record.refresh_from_db()
        newest = SyncRecord.objects.exclude(outcome=SyncOutcome.FAILED).first()
        if not record.is_waiting or newest is None or newest.pk != record.pk:
            raise Conflict(f"Sync {record.pk} is not held any more; a later one stands. Look at the newest sync.")
        candidates = {model: Decimal(cost) for model, cost in record.held_candidates.items()}
        _replace(record, candidates, now)
        record.applied_at, record.outcome = now, ""
        record.save()
    start_due_run(record, now)
    return record


def _find_candidates(config: BenchmarkConfig, transport: httpx.BaseTransport | None) -> Iterable[Candidate]:
    """Return the candidates for the saved band: another deployment's, where the settings name one, else our own."""
    if settings.CANDIDATES_URL:
        return fetch_candidates(settings.CANDIDATES_URL, settings.CANDIDATES_SECRET, config.band, transport=transport)
    return config.candidate_rule.candidates(CatalogueModel.objects.judgeable_near(config.band))


def _store(record: SyncRecord, candidates: Mapping[str, Decimal], now: datetime) -> None:
    """Replace the auto deciders, or hold when too many would go, and save the record with them."""
    with transaction.atomic():
        _one_at_a_time()
        record.finished_at = timezone.now()
        difference = _difference(candidates)
        if difference.shrinks_too_far():
            record.held_candidates = {model: str(cost) for model, cost in candidates.items()}
            record.outcome = SyncOutcome.HELD
            record.detail = (
                f"{len(difference.removed)} of {len(difference.removed) + len(difference.kept)} auto deciders would go; "
                "nothing was replaced. Check the feed and the band, then apply the sync by hand if it is right."
            )
            _note(record, difference)
        else:
            _replace(record, candidates, now)
        record.save()


def _one_at_a_time() -> None:
    """Make other syncs wait until the caller's transaction ends: two that replace the same rows at once would collide."""
    list(SyncRecord.objects.select_for_update().order_by("pk")[:1])


def _difference(candidates: Mapping[str, Decimal]) -> SetDifference:
    return SetDifference.between(set(AutoDecider.objects.values_list("model", flat=True)), set(candidates))


def _note(record: SyncRecord, difference: SetDifference) -> None:
    record.added, record.removed, record.kept = (
        list(difference.added),
        list(difference.removed),
        list(difference.kept),
    )


def _replace(record: SyncRecord, candidates: Mapping[str, Decimal], now: datetime) -> None:
    _note(record, _difference(candidates))
    auto = [Decider(row.model, row.reasoning_effort) for row in AutoDecider.objects.all()]
    manual = [Decider(row.model, row.reasoning_effort) for row in ManualDecider.objects.all()]
    efforts = carry_efforts(candidates, auto, manual)
    AutoDecider.objects.all().delete()
    AutoDecider.objects.bulk_create(
        [
            AutoDecider(model=model, reasoning_effort=efforts[model], avg_attempt_cost_usd=cost_usd, synced_at=now)
            for model, cost_usd in candidates.items()
        ],
        batch_size=500,
    )
