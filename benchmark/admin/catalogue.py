"""What the feed says about each model."""

from django.contrib import admin

from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.catalogue import CatalogueImport, CatalogueModel


@admin.register(CatalogueModel)
class CatalogueModelAdmin(ReadOnlyAdmin):
    list_display = ("model_id", "avg_attempt_cost_usd", "score", "is_active", "changed_at")
    search_fields = ("model_id", "name")


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "source", "seen", "new", "changed", "retired", "rejected", "error")
