"""Who gets measured."""

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider, PriceWaiver


@admin.register(ManualDecider)
class ManualDeciderAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "reasoning_effort", "position", "created_at")


@admin.register(AutoDecider)
class AutoDeciderAdmin(ModelAdmin):
    list_display = ("model", "reasoning_effort", "avg_attempt_cost_usd", "synced_at")


@admin.register(DeciderExclusion)
class DeciderExclusionAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "reason", "author", "created_at")


@admin.register(PriceWaiver)
class PriceWaiverAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "author", "created_at")
