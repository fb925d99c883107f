"""Who gets measured: staff's pins, what the sync stored, and what staff never want."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from benchmark.domain.candidates import is_virtual
from benchmark.domain.deciders import Decider, ReasoningEffort, effective_set
from benchmark.models.catalogue import MODEL_ID_LENGTH
from benchmark.models.config import BenchmarkConfig

EFFORTS = [(effort.value, effort.value) for effort in ReasoningEffort]


def validate_routable(model: str) -> None:
    """Raise ValidationError when `model` is no model id, or names a router: the published table must never name one."""
    if not model.isprintable() or model != model.strip():
        raise ValidationError(f"{model[:100]!r} is no model id: space around it, or a character that can't be printed.")
    if is_virtual(model, tuple(BenchmarkConfig.load().virtual_prefixes)):
        raise ValidationError(f"{model[:100]!r} is a virtual model (a router): it can't be measured or routed to.")


class ManualDecider(models.Model):
    """A model that staff pinned. Wins over an exclusion and over the auto decider of the same id."""

    model = models.CharField(max_length=MODEL_ID_LENGTH, unique=True, validators=[validate_routable])
    reasoning_effort = models.CharField(max_length=10, choices=EFFORTS, null=True, blank=True)
    position = models.PositiveIntegerField(default=0, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "manual decider"
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.model


class AutoDecider(models.Model):
    """A candidate that the sync stored. Nobody else writes these rows, but for the effort."""

    model = models.CharField(max_length=MODEL_ID_LENGTH, unique=True)
    reasoning_effort = models.CharField(max_length=10, choices=EFFORTS, null=True, blank=True)
    avg_attempt_cost_usd = models.DecimalField("average attempt cost (USD)", max_digits=20, decimal_places=10)
    synced_at = models.DateTimeField()

    class Meta:
        verbose_name = "auto decider"
        ordering = ("-avg_attempt_cost_usd", "model")

    def __str__(self) -> str:
        return self.model


class DeciderExclusion(models.Model):
    """A standing "never auto-include this id". The id need not be synced now."""

    model = models.CharField(max_length=MODEL_ID_LENGTH, unique=True)
    reason = models.CharField(max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "exclusion"
        ordering = ("model",)

    def __str__(self) -> str:
        return self.model


class PriceWaiver(models.Model):
    """Staff's leave to measure a model although nobody knows its token prices, and so what it may cost."""

    model = models.CharField(max_length=MODEL_ID_LENGTH, unique=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "price waiver"
        ordering = ("model",)

    def __str__(self) -> str:
        return self.model


def load_effective_set() -> list[Decider]:
    """Return the effective set as the rows have it now."""
    manual = [Decider(row.model, row.reasoning_effort) for row in ManualDecider.objects.all()]
    auto = [Decider(row.model, row.reasoning_effort, row.avg_attempt_cost_usd) for row in AutoDecider.objects.all()]
    return effective_set(manual, auto, set(DeciderExclusion.objects.values_list("model", flat=True)))
