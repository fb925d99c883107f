"""How each entry did on each route."""

from django.db import models
from django.db.models import F, Q

from benchmark.domain.ranking import Measured
from benchmark.domain.summary import Summary
from benchmark.models.run import Run, RunEntry


class RouteSummary(models.Model):
    """How an entry did on one route. A carried entry's rows are copies that say which run measured them."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="summaries")
    entry = models.ForeignKey(RunEntry, on_delete=models.CASCADE, related_name="summaries")
    measured_by = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    route = models.CharField(max_length=64)
    correct = models.PositiveIntegerField()
    graded = models.PositiveIntegerField()
    errored = models.PositiveIntegerField()
    timeouts = models.PositiveIntegerField()
    accuracy = models.FloatField(null=True)
    accuracy_low = models.FloatField(null=True)
    accuracy_high = models.FloatField(null=True)
    avg_cost_usd = models.DecimalField(null=True, max_digits=20, decimal_places=10)
    mean_latency_ms = models.FloatField(null=True)
    p50_latency_ms = models.FloatField(null=True)
    p95_latency_ms = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = "route summaries"
        ordering = ("entry", "route")
        constraints = [
            models.UniqueConstraint(fields=["entry", "route"], name="one_summary_per_entry_and_route"),
            models.CheckConstraint(
                condition=Q(accuracy__isnull=True) | Q(accuracy__gte=0, accuracy__lte=1),
                name="summary_accuracy_is_a_share",
            ),
            models.CheckConstraint(condition=Q(correct__lte=F("graded")), name="summary_correct_within_graded"),
        ]

    def __str__(self) -> str:
        return f"{self.entry} on {self.route}"

    @classmethod
    def of(cls, entry: RunEntry, summary: Summary) -> "RouteSummary":
        """Return the unsaved row of what `entry` itself measured."""
        low, high = summary.interval or (None, None)
        return cls(
            run_id=entry.run_id,
            entry=entry,
            measured_by_id=entry.run_id,
            route=summary.route,
            correct=summary.correct,
            graded=summary.graded,
            errored=summary.errored,
            timeouts=summary.timeouts,
            accuracy=summary.accuracy,
            accuracy_low=low,
            accuracy_high=high,
            avg_cost_usd=summary.avg_cost_usd,
            mean_latency_ms=summary.mean_latency_ms,
            p50_latency_ms=summary.p50_latency_ms,
            p95_latency_ms=summary.p95_latency_ms,
        )

    def carried_to(self, entry: RunEntry) -> "RouteSummary":
        """Return an unsaved copy for `entry` of a later run; it keeps who measured it."""
        copied = {f.attname: getattr(self, f.attname) for f in self._meta.concrete_fields if not f.primary_key}
        return RouteSummary(**{**copied, "run_id": entry.run_id, "entry_id": entry.pk})

    @property
    def measured(self) -> Measured:
        summary = Summary(
            route=self.route,
            correct=self.correct,
            graded=self.graded,
            errored=self.errored,
            timeouts=self.timeouts,
            avg_cost_usd=self.avg_cost_usd,
            mean_latency_ms=self.mean_latency_ms,
            p50_latency_ms=self.p50_latency_ms,
            p95_latency_ms=self.p95_latency_ms,
        )
        return Measured(self.entry.model, self.entry.reasoning_effort, summary)
