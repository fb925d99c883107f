"""Measurements that still hold: the same identity, repetitions and reasoning effort."""

from collections.abc import Iterable

from more_itertools import chunked

from benchmark.domain.identity import MeasurementIdentity
from benchmark.models.run import EntryState, RunEntry
from benchmark.models.summary import RouteSummary

BATCH = 500


def holding_entries(
    identity: MeasurementIdentity, repetitions: int, models: Iterable[str]
) -> dict[tuple[str, str | None], RunEntry]:
    """Return, per (model, effort), the newest entry that measured one of `models` under `identity`."""
    holding: dict[tuple[str, str | None], RunEntry] = {}
    for some in chunked(models, BATCH):
        measured = RunEntry.objects.filter(
            model__in=some, state=EntryState.READY, run__identity=identity.digest, run__repetitions=repetitions
        ).order_by("id")
        holding |= {(entry.model, entry.reasoning_effort): entry for entry in measured}
    return holding


def carry_summaries(pairs: Iterable[tuple[RunEntry, RunEntry]]) -> None:
    """Copy the summaries of each (measured, carried) pair of entries, in bounded batches."""
    for some in chunked(pairs, 50):
        carried_by_source = {measured.pk: carried for measured, carried in some}
        rows = RouteSummary.objects.filter(entry_id__in=list(carried_by_source))
        copies = [row.carried_to(carried_by_source[row.entry_id]) for row in rows]
        RouteSummary.objects.bulk_create(copies, batch_size=BATCH)
