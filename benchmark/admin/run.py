"""Runs, their entries and every single answer."""

from django.contrib import admin

from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.run import Run


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("id", "state", "purpose", "started_at", "finished_at", "publication")
    list_filter = ("state", "purpose", "publication")
