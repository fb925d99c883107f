"""What all runs together cost per day."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F


class DailySpend(models.Model):
    """What all runs together were charged on one UTC day."""

    day = models.DateField(unique=True)
    charged_usd = models.DecimalField(default=Decimal(0), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name = "daily spend"
        verbose_name_plural = "daily spend"
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}: ${self.charged_usd}"

    @classmethod
    def charged_on(cls, moment: datetime) -> Decimal:
        return cls.objects.filter(day=moment.date()).values_list("charged_usd", flat=True).first() or Decimal(0)

    @classmethod
    def charge(cls, moment: datetime, amount_usd: Decimal) -> None:
        """Add `amount_usd` to the day of `moment`."""
        if amount_usd:
            day = cls.objects.filter(day=moment.date())
            if not day.update(charged_usd=F("charged_usd") + amount_usd):
                cls.objects.get_or_create(day=moment.date())
                day.update(charged_usd=F("charged_usd") + amount_usd)
