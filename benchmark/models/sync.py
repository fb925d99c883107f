"""One row per sync: what it changed, and whether a run started, or why not."""

from django.db import models

from benchmark.models.catalogue import CatalogueImport
from benchmark.models.run import Run


class SyncOutcome(models.TextChoices):
    STARTED = "started", "a run started"
    UNCHANGED = "unchanged", "unchanged"
    ACTIVE_RUN = "active_run", "waits for the active run"
    NO_DECIDERS = "no_deciders", "no deciders"
    HELD = "held", "held: too many models would go"
    OVER_BUDGET = "over_budget", "over budget"
    FAILED = "failed", "failed"


class SyncRecord(models.Model):
    """A sync. `added`, `removed` and `kept` list model ids of the auto deciders."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    trigger = models.CharField(max_length=20, default="manual")
    min_cost_usd = models.DecimalField(max_digits=20, decimal_places=10)
    max_cost_usd = models.DecimalField(max_digits=20, decimal_places=10)
    catalogue_import = models.ForeignKey(
        CatalogueImport, on_delete=models.SET_NULL, null=True, blank=True, related_name="syncs"
    )
    outcome = models.CharField(max_length=20, choices=SyncOutcome.choices, blank=True)
    due_reason = models.CharField(max_length=20, blank=True, help_text="Why a run was due, if one was.")
    detail = models.CharField(max_length=500, blank=True)
    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)
    kept = models.JSONField(default=list)
    held_candidates = models.JSONField(
        default=dict, blank=True, help_text="What a held sync would store: model id -> USD per attempt, as text."
    )
    applied_at = models.DateTimeField(null=True, blank=True, help_text="When staff applied a held sync.")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="syncs")

    class Meta:
        verbose_name = "sync"
        ordering = ("-id",)
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"sync {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Held, and neither applied by staff nor overtaken by a later sync that was not held."""
        return self.outcome == SyncOutcome.HELD and self.applied_at is None
