"""Metrics that rows know, read when Prometheus asks, so that every web worker tells the same."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import Error
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from benchmark.domain.outcome import Verdict
from benchmark.models.catalogue import CatalogueImport
from benchmark.models.progress import load_progress
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Run
from benchmark.models.sync import SyncOutcome, SyncRecord

DATABASE_UP: Final = "autorouting_database_up"


class RowCollector(Collector):
    """Yields the gauges; none but `autorouting_database_up` while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        try:
            families = [*_table(now), *_sync(now), *_catalogue(now), *_run(now)]
        except Error:
            families = []
        yield GaugeMetricFamily(DATABASE_UP, "Whether the database answered this scrape.", value=bool(families))
        yield from families


def _gauge(name: str, text: str, label: str, samples: Mapping[str, float]) -> GaugeMetricFamily:
    """Return a gauge with one sample per value of its label."""
    family = GaugeMetricFamily(f"autorouting_{name}", text, labels=[label])
    for value, number in samples.items():
        family.add_metric([value], number)
    return family


def _age(name: str, text: str, since: datetime | None, now: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"autorouting_{name}_age_seconds", text)
    if since is not None:
        family.add_metric([], (now - since).total_seconds())
    return family


def _table(now: datetime) -> Iterator[GaugeMetricFamily]:
    live = RoutingTable.objects.filter(is_live=True).defer("content").first()
    yield _age("table", "Time since the live table went live.", live.published_at if live else None, now)
    info = GaugeMetricFamily("autorouting_table_info", "The live table.", labels=["version", "source", "run", "pinned"])
    if live:
        info.add_metric([live.version, live.source, str(live.run_id), str(live.pinned).lower()], 1)
    yield info


def _sync(now: datetime) -> Iterator[GaugeMetricFamily]:
    ended = SyncRecord.objects.exclude(outcome="")
    last = ended.first()
    done = ended.exclude(outcome=SyncOutcome.FAILED).first()
    yield _age("sync", "Time since the last sync began.", last.started_at if last else None, now)
    yield _age("good_sync", "Time since the last sync that did not fail began.", done.started_at if done else None, now)
    outcomes = {str(outcome): float(bool(last and last.outcome == outcome)) for outcome in SyncOutcome.values}
    yield _gauge("sync_outcome", "1 for the last sync's outcome, 0 for the others.", "outcome", outcomes)


def _catalogue(now: datetime) -> Iterator[GaugeMetricFamily]:
    last = CatalogueImport.objects.filter(error="").first()
    yield _age("catalogue", "Time since the last good import began.", last.started_at if last else None, now)


def _run(now: datetime) -> Iterator[GaugeMetricFamily]:
    run = Run.objects.first()
    if run is None:
        return
    progress = load_progress(run, now)
    yield GaugeMetricFamily("autorouting_run", "The newest run's number.", value=run.pk)
    yield GaugeMetricFamily("autorouting_run_running", "Whether it is running.", value=run.is_running)
    yield GaugeMetricFamily("autorouting_run_cost_usd", "What it was charged.", value=float(progress.spent_usd))
    if progress.max_cost_usd is not None:
        yield GaugeMetricFamily("autorouting_run_max_cost_usd", "Its cap.", value=float(progress.max_cost_usd))
    yield _gauge("run_results", "Its case results by state.", "state", progress.results)
    yield _gauge("run_entries", "Its entries by state.", "state", progress.entries)
    errored = run.results.order_by().filter(verdict=Verdict.ERRORED).values_list("entry__model")
    by_model = dict(errored.annotate(Count("pk")))
    yield _gauge("run_gateway_errors", "Its cases that ended in a gateway error.", "model", by_model)
