"""What staff may change while the system runs: one row."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from benchmark.domain.candidates import CandidateRule
from benchmark.domain.cost_band import MAX_BOUND_USD, CostBand
from benchmark.domain.routing_table import Policy

_NOT_NEGATIVE = MinValueValidator(Decimal(0))
_SHARE = (MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1)))
_MAX_USD = MaxValueValidator(MAX_BOUND_USD)


class BenchmarkConfig(models.Model):
    """The configuration. `load()` returns the row, with the defaults where none was saved yet."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    min_cost_usd = models.DecimalField(
        "minimum average attempt cost (USD)",
        max_digits=20,
        decimal_places=10,
        default=Decimal(15),
        validators=[_NOT_NEGATIVE, _MAX_USD],
    )
    max_cost_usd = models.DecimalField(
        "maximum average attempt cost (USD)",
        max_digits=20,
        decimal_places=10,
        default=Decimal(25),
        validators=[_NOT_NEGATIVE, _MAX_USD],
    )
    min_accuracy = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.7"),
        validators=_SHARE,
        help_text="A model with at least this share of correct answers on a route counts as good enough there.",
    )
    switch_cost_factor = models.DecimalField(
        max_digits=8,
        decimal_places=3,
        default=Decimal(3),
        validators=[MinValueValidator(Decimal(1))],
        help_text="A router leaves its current model only for one that is cheaper by more than this factor.",
    )
    best_accuracy_switch_threshold = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.05"),
        validators=_SHARE,
        help_text="In best-accuracy mode, a router leaves its current model only for one more accurate by more than this.",
    )
    max_concurrency = models.PositiveSmallIntegerField(
        default=16,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Calls in flight at once, over all workers (1 to 100).",
    )
    repetitions = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="Times each case is asked (1 to 5).",
    )
    max_run_cost_usd = models.DecimalField(
        "maximum cost of one run (USD)",
        max_digits=12,
        decimal_places=4,
        default=Decimal(50),
        null=True,
        blank=True,
        validators=[_NOT_NEGATIVE],
        help_text="No call starts that could pass it. Empty means no cap.",
    )
    max_daily_cost_usd = models.DecimalField(
        "maximum cost of one day (USD)",
        max_digits=12,
        decimal_places=4,
        default=Decimal(100),
        null=True,
        blank=True,
        validators=[_NOT_NEGATIVE],
        help_text="Over all runs of one UTC day. Empty means no cap.",
    )
    unpriced_call_reserve_usd = models.DecimalField(
        "reserve for a call of unknown price (USD)",
        max_digits=10,
        decimal_places=4,
        default=Decimal("0.02"),
        validators=[MinValueValidator(Decimal("0.0001"))],
        help_text="Set aside, and charged to the caps, for each call of a model without prices whose cost nobody reports.",
    )
    stale_after_hours = models.PositiveSmallIntegerField(
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text="A run without progress for this long is salvaged: finished entries count, the rest fail.",
    )
    virtual_prefixes = models.JSONField(
        default=list,
        blank=True,
        help_text='Model id prefixes that name routers, e.g. ["acme-auto/"]. Never candidates.',
    )
    custom_prefixes = models.JSONField(
        default=list,
        blank=True,
        help_text='Model id prefixes of in-house models, e.g. ["acme-internal/"]. Never candidates.',
    )
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "configuration"
        verbose_name_plural = "configuration"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="config_is_one_row"),
            models.CheckConstraint(
                condition=Q(min_cost_usd__gte=0, min_cost_usd__lte=F("max_cost_usd"), max_cost_usd__lte=MAX_BOUND_USD),
                name="config_band_in_order",
                violation_error_message="The minimum average attempt cost must not be above the maximum.",
            ),
            models.CheckConstraint(
                condition=Q(min_accuracy__gte=0, min_accuracy__lte=1), name="config_min_accuracy_is_a_share"
            ),
            models.CheckConstraint(condition=Q(switch_cost_factor__gte=1), name="config_switch_cost_factor_from_1"),
            models.CheckConstraint(
                condition=Q(best_accuracy_switch_threshold__gte=0, best_accuracy_switch_threshold__lte=1),
                name="config_switch_threshold_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(max_concurrency__gte=1, max_concurrency__lte=100), name="config_concurrency_1_to_100"
            ),
            models.CheckConstraint(
                condition=Q(repetitions__gte=1, repetitions__lte=5), name="config_repetitions_1_to_5"
            ),
            models.CheckConstraint(
                condition=(Q(max_run_cost_usd__isnull=True) | Q(max_run_cost_usd__gte=0))
                & (Q(max_daily_cost_usd__isnull=True) | Q(max_daily_cost_usd__gte=0)),
                name="config_caps_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"${self.min_cost_usd.normalize():f} to ${self.max_cost_usd.normalize():f} per attempt"

    @classmethod
    def load(cls) -> "BenchmarkConfig":
        """Return the saved configuration, or an unsaved one with the defaults."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def band(self) -> CostBand:
        return CostBand(Decimal(self.min_cost_usd), Decimal(self.max_cost_usd))

    @property
    def candidate_rule(self) -> CandidateRule:
        return CandidateRule(self.band, tuple(self.virtual_prefixes), tuple(self.custom_prefixes))

    @property
    def policy(self) -> Policy:
        return Policy(self.min_accuracy, self.switch_cost_factor, self.best_accuracy_switch_threshold)

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        low, high = self.min_cost_usd, self.max_cost_usd
        # A field whose own check failed may hold anything: a NaN can't be compared, and 1e999999 must not be spelled out.
        sane = all(isinstance(bound, Decimal) and bound.is_finite() and bound <= MAX_BOUND_USD for bound in (low, high))
        if sane and low > high:
            errors["min_cost_usd"] = f"${low.normalize():f} is above the maximum, ${high.normalize():f}. Swap the two?"
        for name in ("virtual_prefixes", "custom_prefixes"):
            value = getattr(self, name)
            if not isinstance(value, list) or not all(isinstance(prefix, str) and prefix for prefix in value):
                errors[name] = 'Give a list of texts, e.g. ["acme-auto/"].'
        if errors:
            raise ValidationError(errors)
