"""What each sync changed."""

from django.contrib import admin

from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.sync import SyncRecord


@admin.register(SyncRecord)
class SyncRecordAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "trigger", "outcome", "detail")
