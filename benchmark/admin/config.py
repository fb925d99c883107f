"""What staff may change while the system runs."""

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from benchmark.models.config import BenchmarkConfig


@admin.register(BenchmarkConfig)
class BenchmarkConfigAdmin(SimpleHistoryAdmin, ModelAdmin):
    pass
