"""Measurements that still hold: the same identity, repetitions and reasoning effort."""

from collections.abc import Iterable
from decimal import Decimal

from more_itertools import chunked

from benchmark.domain.identity import MeasurementIdentity
from benchmark.domain.outcome import Verdict
from benchmark.domain.served_model import is_same_model
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry
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


def carry_answers(run: Run, failed: Run) -> None:
    """Take over what the failed entries of the run `failed` did answer: it is not asked, and not charged, again."""
    run.retry_of = failed
    run.save(update_fields=["retry_of"])
    for entry in run.entries.filter(state=EntryState.MEASURING):
        source = failed.entries.filter(
            model=entry.model, reasoning_effort=entry.reasoning_effort, state=EntryState.FAILED
        ).first()
        if source is not None:
            _carry_answers_of(source, entry)


def _carry_answers_of(source: RunEntry, entry: RunEntry) -> None:
    graded = source.results.filter(state=ResultState.DONE).exclude(verdict=Verdict.ERRORED)
    answered = [result for result in graded if is_same_model(entry.model, result.served_model)]
    keys = {(result.case_id, result.repetition) for result in answered}
    asked = [row.pk for row in entry.results.only("case_id", "repetition") if (row.case_id, row.repetition) in keys]
    for pks in chunked(asked, BATCH):
        CaseResult.objects.filter(pk__in=pks).delete()
    for result in answered:
        result.pk, result.run_id, result.entry_id, result.charged_usd = None, entry.run_id, entry.pk, Decimal(0)
    CaseResult.objects.bulk_create(answered, batch_size=BATCH)
