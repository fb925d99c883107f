"""What the cost feed said: one row per model it ever named, and one per import."""

from collections.abc import Iterator
from decimal import Decimal

from django.db import models
from django.db.models import Q

from benchmark.domain.cost_band import CostBand
from benchmark.domain.cost_record import CostRecord

MODEL_ID_LENGTH = 255

_RECORD_FIELDS = (
    "name",
    "context_length",
    "prompt_price_usd",
    "completion_price_usd",
    "cache_read_price_usd",
    "input_modalities",
    "output_modalities",
    "supported_parameters",
    "is_free",
    "has_auto_routing",
    "score",
    "avg_attempt_cost_usd",
    "is_active",
)


class CatalogueQuerySet(models.QuerySet["CatalogueModel"]):
    def cost_records(self) -> Iterator[CostRecord]:
        """Yield the rows as cost records."""
        return (row.record for row in self.order_by("model_id").iterator(chunk_size=2000))

    def judgeable_near(self, band: CostBand) -> Iterator[CostRecord]:
        """Yield the active models that `band` may hold, by the index, with no more than the candidate rule judges by.

        Somewhat more models than the band's, since SQLite compares floats: the rule decides exactly.
        """
        margin = Decimal("0.000001")
        rows = self.filter(is_active=True, avg_attempt_cost_usd__range=(band.min_usd - margin, band.max_usd + margin))
        for model_id, has_auto_routing, cost in rows.values_list(
            "model_id", "has_auto_routing", "avg_attempt_cost_usd"
        ):
            yield CostRecord(model_id, model_id, has_auto_routing=has_auto_routing, avg_attempt_cost_usd=cost)


class CatalogueModel(models.Model):
    """A model as the newest feed that named it describes it. Retired when a later feed does not name it."""

    model_id = models.CharField("model", max_length=MODEL_ID_LENGTH, unique=True)
    name = models.CharField(max_length=255)
    context_length = models.PositiveBigIntegerField(null=True, blank=True)
    prompt_price_usd = models.DecimalField(
        "prompt price (USD per token)", max_digits=20, decimal_places=14, null=True, blank=True
    )
    completion_price_usd = models.DecimalField(
        "completion price (USD per token)", max_digits=20, decimal_places=14, null=True, blank=True
    )
    cache_read_price_usd = models.DecimalField(
        "cached prompt price (USD per token)", max_digits=20, decimal_places=14, null=True, blank=True
    )
    input_modalities = models.JSONField(null=True, blank=True)
    output_modalities = models.JSONField(null=True, blank=True)
    supported_parameters = models.JSONField(null=True, blank=True)
    is_free = models.BooleanField(null=True, blank=True)
    has_auto_routing = models.BooleanField(default=False)
    score = models.DecimalField("benchmark score", max_digits=20, decimal_places=10, null=True, blank=True)
    avg_attempt_cost_usd = models.DecimalField(
        "average attempt cost (USD)", max_digits=20, decimal_places=10, null=True, blank=True, db_index=True
    )
    is_active = models.BooleanField("active", default=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = "catalogue model"
        ordering = ("model_id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(avg_attempt_cost_usd__isnull=True) | Q(avg_attempt_cost_usd__gte=0),
                name="catalogue_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.model_id

    @property
    def record(self) -> CostRecord:
        values = {name: getattr(self, name) for name in _RECORD_FIELDS}
        for name in ("input_modalities", "output_modalities", "supported_parameters"):
            values[name] = None if values[name] is None else tuple(values[name])
        return CostRecord(id=self.model_id, **values)

    @property
    def is_priced(self) -> bool:
        return self.prompt_price_usd is not None and self.completion_price_usd is not None

    def describe(self, record: CostRecord) -> None:
        """Take over what `record` says; the row is not saved."""
        for name in _RECORD_FIELDS:
            value = getattr(record, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)

    @classmethod
    def described_fields(cls) -> list[str]:
        return list(_RECORD_FIELDS)


class CatalogueImport(models.Model):
    """One reading of a feed, whether it succeeded or not."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=500)
    error = models.CharField(max_length=500, blank=True)
    seen = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    retired = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, blank=True, help_text="The first 1,000 rejected models with reasons.")
    dropped_fields = models.JSONField(default=dict, blank=True, help_text="Malformed optional fields, counted by name.")

    class Meta:
        verbose_name = "catalogue import"
        ordering = ("-id",)
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"import {self.pk} from {self.source}"

    @property
    def succeeded(self) -> bool:
        return not self.error
