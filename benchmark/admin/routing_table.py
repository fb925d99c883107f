"""Routing tables: what is live, what was, and what each says."""

from django.contrib import admin

from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.routing_table import RoutingTable


@admin.register(RoutingTable)
class RoutingTableAdmin(ReadOnlyAdmin):
    list_display = ("version", "is_live", "pinned", "source", "run", "published_at")
    list_filter = ("is_live", "source")
    list_select_related = ("run",)
