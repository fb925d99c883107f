"""A completed run's summaries -> the routing table, whole or not at all."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from benchmark.domain.candidates import is_virtual
from benchmark.domain.ranking import Measured
from benchmark.domain.routing_table import IncompleteTable, Table
from benchmark.models.config import BenchmarkConfig
from benchmark.models.routing_table import RouteCandidate, RoutingTable
from benchmark.models.run import EntryState, Publication, Run
from benchmark.models.summary import RouteSummary


def publish_table(run: Run, now: datetime) -> RoutingTable | None:
    """Store the run's table and make it live, unless a newer run's or a pinned table is. Safe to do twice.

    Returns None, and notes why in the run, when the table would be incomplete or add nothing.
    """
    try:
        table = build_table(run, now)
    except IncompleteTable as error:
        _note(run, Publication.INCOMPLETE, str(error))
        return None
    with transaction.atomic():
        if _adds_nothing(run, table):
            _note(run, Publication.UNCHANGED, "What was new failed; the rest is what the live table holds already.")
            return None
        row = _store(table, run)
        live = RoutingTable.objects.select_for_update().filter(is_live=True).first()
        if live is None or (not live.pinned and live.run_id <= run.pk):
            row.go_live(now)
            _note(run, Publication.PUBLISHED)
        elif live.pinned:
            _note(run, Publication.PINNED, f"Table {live.version} is pinned: {live.pin_reason}")
        else:
            _note(run, Publication.OLDER, f"Table {live.version} of run {live.run_id} is newer.")
    return row


def build_table(run: Run, now: datetime) -> Table:
    """Return the table of the run's summaries. Raises IncompleteTable."""
    virtual_prefixes = tuple(BenchmarkConfig.load().virtual_prefixes)
    measured: dict[str, list[Measured]] = defaultdict(list)
    for summary in RouteSummary.objects.filter(run=run).select_related("entry"):
        if not is_virtual(summary.entry.model, virtual_prefixes):
            measured[summary.route].append(summary.measured)
    return Table.build(measured, policy=run.policy, source=run.source, run_id=run.pk, generated_at=now)


def _adds_nothing(run: Run, table: Table) -> bool:
    """Return whether all that the run was to measure failed, and its table would only repeat the live one."""
    live = RoutingTable.live()
    states = set(run.entries.values_list("state", flat=True))
    if live is None or EntryState.FAILED not in states or EntryState.READY in states:
        return False
    aside = {"version", "generatedAt", "runId"}
    content = table.to_json()
    return {k: v for k, v in content.items() if k not in aside} == {
        k: v for k, v in live.content.items() if k not in aside
    }


def _store(table: Table, run: Run) -> RoutingTable:
    row, created = RoutingTable.objects.get_or_create(
        version=table.version,
        defaults={
            "run": run,
            "source": table.source,
            "generated_at": table.generated_at,
            "content": table.to_json(),
        },
    )
    if created:
        RouteCandidate.objects.bulk_create(
            [
                RouteCandidate(
                    table=row,
                    route=route,
                    rank=rank,
                    model=candidate.model,
                    reasoning_effort=candidate.reasoning_effort,
                    accuracy=candidate.accuracy,
                    accuracy_low=candidate.accuracy_low,
                    accuracy_high=candidate.accuracy_high,
                    avg_cost_usd=candidate.avg_cost_usd,
                    cases=candidate.cases,
                    meets_threshold=candidate.meets_threshold,
                )
                for route, candidates in table.routes.items()
                for rank, candidate in enumerate(candidates, start=1)
            ],
            batch_size=500,
        )
    return row


def _note(run: Run, publication: Publication, detail: str = "") -> None:
    run.publication, run.publication_detail = publication, detail[:1000]
    run.save(update_fields=["publication", "publication_detail"])
