"""What needs a person, each with the page where it is settled."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.aggregates import Sum
from django.urls import reverse

from benchmark.domain.routing_table import Source
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import EntryState, Publication, Run, RunState
from benchmark.models.sync import SyncOutcome, SyncRecord

SYNC_IS_LATE_AFTER: Final = timedelta(hours=26)  # it runs once a day


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to look at. Where a setting is missing there is no page to go to.

    `permission` is what the linked page asks for beyond seeing this application's rows.
    """

    text: str
    link: str = ""
    link_text: str = ""
    is_urgent: bool = True
    permission: str = ""


def missing_settings() -> Iterator[Notice]:
    """Yield what the deployment lacks."""
    if not settings.INTERNAL_API_SECRETS:
        yield Notice("No API secret: routers are answered 503. Set INTERNAL_API_SECRET and restart.")
    if not settings.GATEWAY_BASE_URL:
        yield Notice("No gateway: nothing can be measured. Set GATEWAY_BASE_URL (and GATEWAY_API_KEY) and restart.")
    if not settings.COST_FEED_URL and not settings.CANDIDATES_URL:
        yield Notice(
            "No cost feed: set COST_FEED_URL and restart, or upload a feed by hand.",
            reverse("admin:benchmark_catalogueimport_upload_feed"),
            "Upload a feed",
            is_urgent=False,
            permission="benchmark.add_catalogueimport",
        )


def of_sync(sync: SyncRecord | None, now: datetime) -> Iterator[Notice]:
    """Yield what is wrong with the newest sync."""
    if sync is None:
        yield Notice(
            "Nothing was synced yet.",
            reverse("admin:benchmark_syncrecord_sync_now"),
            "Sync now",
            is_urgent=False,
            permission="benchmark.sync_deciders",
        )
        return
    page = reverse("admin:benchmark_syncrecord_change", args=[sync.pk])
    if sync.is_waiting:
        yield Notice(f"The sync is held: {sync.detail}", page, "See what would go")
    elif sync.outcome == SyncOutcome.FAILED:
        yield Notice(f"The last sync failed: {sync.detail}", page, "See the sync")
    elif sync.outcome == SyncOutcome.OVER_BUDGET:
        yield Notice(sync.detail, reverse("admin:benchmark_benchmarkconfig_changelist"), "See the caps")
    if now - sync.started_at > SYNC_IS_LATE_AFTER:
        yield Notice(
            f"The last sync began {sync.started_at:%Y-%m-%d %H:%M} UTC, more than a day ago. Does Celery beat run?",
            reverse("admin:django_celery_beat_periodictask_changelist"),
            "See the schedule",
            permission="django_celery_beat.view_periodictask",
        )


def of_run(run: Run | None, now: datetime) -> Iterator[Notice]:
    """Yield what is wrong with the newest run."""
    if run is None:
        return
    page = reverse("admin:benchmark_run_change", args=[run.pk])
    if run.is_stale(now):
        yield Notice(f"Run {run.pk} has not moved since {run.progressed_at:%Y-%m-%d %H:%M} UTC.", page, "See the run")
    if run.state == RunState.FAILED:
        yield Notice(f"Run {run.pk} failed: {run.reason}", page, "See the run")
    if run.publication == Publication.INCOMPLETE:
        yield Notice(f"Run {run.pk} published nothing: {run.publication_detail}", page, "See the run")
    counts = run.entries.aggregate(
        failed=Count("pk", filter=Q(state=EntryState.FAILED)), mismatched=Sum("mismatched_replies")
    )
    if counts["failed"]:
        yield Notice(f"{counts['failed']} models of run {run.pk} could not be measured.", page, "See why")
    if counts["mismatched"]:
        yield Notice(
            f"{counts['mismatched']} replies of run {run.pk} came from another model than was asked.",
            page,
            "See which",
        )


def of_table(table: RoutingTable | None, members: Set[tuple[str, str | None]], *, is_running: bool) -> Iterator[Notice]:
    """Yield what is wrong with the live table; `members` is the effective set."""
    runs = reverse("admin:benchmark_run_changelist")
    if table is None:
        if members and not is_running:
            yield Notice("No routing table was published yet: routers have nothing to read.", runs, "See the runs")
        return
    page = reverse("admin:benchmark_routingtable_change", args=[table.pk])
    if table.pinned:
        yield Notice(f"The live table is pinned: {table.pin_reason}", page, "See the pin", is_urgent=False)
    if table.source == Source.SIMULATION:
        yield Notice(
            "The live table was measured on the simulated gateway: it says nothing about real models.", page, "See it"
        )
    missing = members - table.members()
    if missing and not is_running:
        yield Notice(
            f"The live table is stale: {len(missing)} of {len(members)} members of the effective set are not in it.",
            runs,
            "See the runs",
        )
