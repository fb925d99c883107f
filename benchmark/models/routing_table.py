"""Published tables. A table's content never changes; which one is live does."""

import json
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from benchmark.models.catalogue import MODEL_ID_LENGTH
from benchmark.models.deciders import EFFORTS
from benchmark.models.run import Run


class OrderedJSONField(models.JSONField):
    """JSON kept as text, with its keys in order: jsonb sorts them, and routers read a table as it was published."""

    def get_internal_type(self) -> str:
        return "TextField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)


class RoutingTable(models.Model):
    """One immutable table. `pinned` keeps it live, whatever later runs publish, until staff release it."""

    version = models.CharField(max_length=16, unique=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="tables")
    source = models.CharField(max_length=12)
    generated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True, help_text="When it last became the live table.")
    content = OrderedJSONField(help_text="The table as routers read it.")
    is_live = models.BooleanField("live", default=False)
    pinned = models.BooleanField(default=False)
    pin_reason = models.CharField(max_length=500, blank=True)

    history = HistoricalRecords(excluded_fields=["content"])

    class Meta:
        ordering = ("-id",)
        get_latest_by = "id"
        constraints = [
            models.UniqueConstraint(fields=["is_live"], condition=Q(is_live=True), name="one_live_table"),
            models.CheckConstraint(condition=Q(pinned=False) | Q(is_live=True), name="only_the_live_table_is_pinned"),
        ]
        permissions = [("publish_table", "Can roll back, pin and release tables, and apply a held sync")]

    def __str__(self) -> str:
        return f"table {self.version}"

    @classmethod
    def live(cls) -> "RoutingTable | None":
        """Return the live table, if there is one."""
        return cls.objects.filter(is_live=True).first()

    def go_live(self, now: datetime, *, pin_reason: str = "") -> None:
        """Make this the one live table, pinned when a reason is given."""
        # Saved one by one, not updated at once, so that the history says which table had to go, when and by whom.
        for former in RoutingTable.objects.filter(is_live=True).exclude(pk=self.pk):
            former.is_live, former.pinned, former.pin_reason = False, False, ""
            former.save(update_fields=["is_live", "pinned", "pin_reason"])
        self.is_live, self.published_at = True, now
        self.pinned, self.pin_reason = bool(pin_reason), pin_reason[:500]
        self.save(update_fields=["is_live", "published_at", "pinned", "pin_reason"])

    def pin(self, reason: str) -> None:
        """Keep this live table live, whatever later runs publish."""
        self.pinned, self.pin_reason = True, reason[:500]
        self.save(update_fields=["pinned", "pin_reason"])

    def unpin(self) -> None:
        """Let later runs' tables take over again."""
        self.pinned, self.pin_reason = False, ""
        self.save(update_fields=["pinned", "pin_reason"])

    def members(self) -> set[tuple[str, str | None]]:
        """Return the (model, reasoning effort) pairs that the table rests on: its run's measured entries."""
        return self.run.measured_members()


class RouteCandidate(models.Model):
    """One ranked model on one route of a table: the content's rows, for the admin's lists and searches."""

    table = models.ForeignKey(RoutingTable, on_delete=models.CASCADE, related_name="candidates")
    route = models.CharField(max_length=64)
    rank = models.PositiveIntegerField()
    model = models.CharField(max_length=MODEL_ID_LENGTH)
    reasoning_effort = models.CharField(max_length=10, choices=EFFORTS, null=True, blank=True)
    accuracy = models.FloatField()
    accuracy_low = models.FloatField()
    accuracy_high = models.FloatField()
    avg_cost_usd = models.DecimalField(max_digits=20, decimal_places=10)
    cases = models.PositiveIntegerField()
    meets_threshold = models.BooleanField()

    class Meta:
        ordering = ("table", "route", "rank")
        constraints = [
            models.UniqueConstraint(fields=["table", "route", "rank"], name="one_candidate_per_rank"),
            models.CheckConstraint(condition=Q(accuracy__gte=0, accuracy__lte=1), name="candidate_accuracy_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.route} #{self.rank}: {self.model}"
