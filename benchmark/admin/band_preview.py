"""What another cost band would do, before it is saved: who enters and leaves, and what the run would cost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benchmark.admin.cost_strip import CostStrip, draw_strip
from benchmark.domain.candidates import Candidate, Reason
from benchmark.domain.cost_record import CostRecord
from benchmark.domain.deciders import Decider, SetDifference, carry_efforts, effective_set
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider
from benchmark.pipeline.errors import NoDeciders, NotConfigured
from benchmark.pipeline.estimate import Estimate
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.start_run import plan_run

SHOWN = 40
ESTIMATED_MODELS = 300


@dataclass(frozen=True, slots=True)
class BandPreview:
    """The effective set under a band, against today's. `estimate` is None where `no_estimate` says why."""

    key: str
    band: str
    candidates: int
    catalogue: int
    difference: SetDifference
    would_be_held: bool
    strip: CostStrip
    estimate: Estimate | None
    no_estimate: str

    @property
    def entering(self) -> "Shortened":
        return Shortened(self.difference.added)

    @property
    def leaving(self) -> "Shortened":
        return Shortened(self.difference.removed)


@dataclass(frozen=True, slots=True)
class Shortened:
    """A list of ids that may be too long to show."""

    ids: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        return self.ids[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.ids) - SHOWN)


def band_key(config: BenchmarkConfig) -> str:
    """Return the bounds as one text, equal for equal amounts: what a form says it has shown the preview of."""
    return ":".join(f"{Decimal(bound).normalize():f}" for bound in (config.min_cost_usd, config.max_cost_usd))


def preview_band(config: BenchmarkConfig) -> BandPreview:
    """Return what a sync under `config`, saved or not, would make of the catalogue as it is."""
    rule = config.candidate_rule
    judged = [(record, rule.judge(record)) for record in _records()]
    candidates = [verdict for _, verdict in judged if isinstance(verdict, Candidate)]
    manual, auto = list(_deciders(ManualDecider)), list(_deciders(AutoDecider))
    excluded = set(DeciderExclusion.objects.values_list("model", flat=True))
    members = effective_set(manual, _as_deciders(candidates, auto, manual), excluded)
    now = effective_set(manual, auto, excluded)
    estimate, no_estimate = _estimate(config, members)
    return BandPreview(
        key=band_key(config),
        band=str(config),
        candidates=len(candidates),
        catalogue=len(judged),
        difference=SetDifference.between({d.model for d in now}, {d.model for d in members}),
        would_be_held=SetDifference.between({d.model for d in auto}, {c.id for c in candidates}).shrinks_too_far(),
        strip=draw_strip(
            (
                (record.id, record.avg_attempt_cost_usd)
                for record, verdict in judged
                if record.avg_attempt_cost_usd is not None and _lies_on_the_strip(verdict)
            ),
            rule.band,
        ),
        estimate=estimate,
        no_estimate=no_estimate,
    )


def _records() -> Iterator[CostRecord]:
    """Yield what the rule looks at, and no more: this runs at every keystroke."""
    rows = CatalogueModel.objects.order_by("model_id").values_list(
        "model_id", "avg_attempt_cost_usd", "is_active", "has_auto_routing"
    )
    for model, cost, is_active, has_auto_routing in rows.iterator(chunk_size=2000):
        yield CostRecord(
            model, model, avg_attempt_cost_usd=cost, is_active=is_active, has_auto_routing=has_auto_routing
        )


def _lies_on_the_strip(verdict: object) -> bool:
    return isinstance(verdict, Candidate) or getattr(verdict, "reason", None) in (Reason.BELOW_BAND, Reason.ABOVE_BAND)


def _deciders(model: type[ManualDecider] | type[AutoDecider]) -> Iterator[Decider]:
    for row in model.objects.all():
        yield Decider(row.model, row.reasoning_effort, getattr(row, "avg_attempt_cost_usd", None))


def _as_deciders(
    candidates: Sequence[Candidate], auto: Iterable[Decider], manual: Iterable[Decider]
) -> Iterator[Decider]:
    efforts = carry_efforts([candidate.id for candidate in candidates], auto, manual)
    return (Decider(c.id, efforts[c.id], c.avg_attempt_cost_usd) for c in candidates)


def _estimate(config: BenchmarkConfig, members: Sequence[Decider]) -> tuple[Estimate | None, str]:
    """Return what measuring `members` would cost, or why that is not known."""
    if len(members) > ESTIMATED_MODELS:
        return None, f"More than {ESTIMATED_MODELS} models would be measured: narrow the band to see the cost."
    try:
        return plan_run(config, current_identity(), members=members).estimate, ""
    except (NoDeciders, NotConfigured) as error:
        return None, str(error)
