"""How often routers asked for a decision on each route, per day: the mix that savings are weighed with."""

from collections.abc import Mapping
from datetime import date

from django.db import models, transaction
from django.db.models import F, Sum


class DecisionCount(models.Model):
    """Decisions made for one route on one UTC day. Web workers add to it every few seconds."""

    day = models.DateField()
    route = models.CharField(max_length=64)
    decisions = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "decision count"
        ordering = ("-day", "route")
        constraints = [models.UniqueConstraint(fields=["day", "route"], name="one_count_per_day_and_route")]

    def __str__(self) -> str:
        return f"{self.decisions} on {self.day} for {self.route}"

    @classmethod
    def add(cls, day: date, decisions: Mapping[str, int]) -> None:
        """Add the number of decisions per route to those of `day`, all or none."""
        with transaction.atomic():
            # In one order for all, so that two workers never wait for each other's rows.
            for route, number in sorted(decisions.items()):
                cls.objects.get_or_create(day=day, route=route)
                cls.objects.filter(day=day, route=route).update(decisions=F("decisions") + number)

    @classmethod
    def mix_since(cls, day: date) -> dict[str, int]:
        """Return the number of decisions per route from `day` on; empty when there were none."""
        rows = cls.objects.filter(day__gte=day, decisions__gt=0).order_by("route")
        return dict(rows.values_list("route").annotate(total=Sum("decisions")))
