"""Why a catalogue model is in the effective set or not: one short answer per model."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Substr
from django.db.models.lookups import Exact

from benchmark.domain.candidates import (
    CUSTOM_PREFIXES,
    VIRTUAL_IDS,
    VIRTUAL_PREFIXES,
    Candidate,
    CandidateRule,
    Reason,
)
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider

CANDIDATE: Final = "candidate"
REASONS: Final[Mapping[str, str]] = {
    Reason.INACTIVE: "retired: the newest feed does not name it",
    Reason.VIRTUAL: "virtual: it names a router",
    Reason.CUSTOM: "custom: an in-house model",
    Reason.NO_COST: "no published attempt cost",
    Reason.BELOW_BAND: "below the band",
    Reason.ABOVE_BAND: "above the band",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a model is in the effective set now, in a word, and why."""

    word: str
    why: str

    @property
    def is_in(self) -> bool:
        return self.word in ("pinned", "auto")


def standings(rows: Sequence[CatalogueModel]) -> dict[str, Standing]:
    """Return the standing of each row by model id, in a handful of queries."""
    ids = [row.model_id for row in rows]
    rule = BenchmarkConfig.load().candidate_rule
    manual = set(ManualDecider.objects.filter(model__in=ids).values_list("model", flat=True))
    auto = set(AutoDecider.objects.filter(model__in=ids).values_list("model", flat=True))
    exclusions = {row.model: row for row in DeciderExclusion.objects.filter(model__in=ids).select_related("author")}
    return {row.model_id: _standing(row, rule, manual, auto, exclusions.get(row.model_id)) for row in rows}


def _standing(
    row: CatalogueModel,
    rule: CandidateRule,
    manual: Collection[str],
    auto: Collection[str],
    exclusion: DeciderExclusion | None,
) -> Standing:
    if row.model_id in manual:
        return Standing("pinned", "pinned by hand")
    if exclusion is not None:
        return Standing("excluded", f"excluded by {exclusion.author or 'somebody'}: {exclusion.reason}")
    verdict = rule.judge(row.record)
    if row.model_id in auto:
        if isinstance(verdict, Candidate):
            return Standing("auto", "a candidate that the sync stored")
        return Standing("auto", f"stored by the last sync; leaves at the next one ({REASONS[verdict.reason]})")
    if isinstance(verdict, Candidate):
        return Standing("candidate", "in the band; enters at the next sync")
    return Standing("out", REASONS[verdict.reason])


def with_reason(rows: QuerySet[CatalogueModel], rule: CandidateRule) -> QuerySet[Any]:
    """Annotate `reason`: why the candidate rule turns the row down, or "candidate". The same order as the rule's."""
    cost = "avg_attempt_cost_usd"
    return rows.annotate(
        reason=Case(
            When(is_active=False, then=Value(str(Reason.INACTIVE))),
            When(Q(has_auto_routing=True) | Q(model_id__in=VIRTUAL_IDS), then=Value(str(Reason.VIRTUAL))),
            *_whens((*VIRTUAL_PREFIXES, *rule.virtual_prefixes), Reason.VIRTUAL),
            *_whens((*CUSTOM_PREFIXES, *rule.custom_prefixes), Reason.CUSTOM),
            When(**{f"{cost}__isnull": True}, then=Value(str(Reason.NO_COST))),
            When(**{f"{cost}__lt": rule.band.min_usd}, then=Value(str(Reason.BELOW_BAND))),
            When(**{f"{cost}__gt": rule.band.max_usd}, then=Value(str(Reason.ABOVE_BAND))),
            default=Value(CANDIDATE),
            output_field=CharField(),
        )
    )


def _whens(prefixes: Collection[str], reason: Reason) -> Iterator[When]:
    """Yield a comparison per prefix; not `startswith`, which ignores case on SQLite."""
    for prefix in prefixes:
        yield When(Exact(Substr("model_id", 1, len(prefix)), Value(prefix)), then=Value(str(reason)))
