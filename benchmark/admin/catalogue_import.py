"""Each reading of a feed: what it changed, what it rejected; and the upload of a feed by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget

from benchmark.admin.confirmation import Confirmation
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.catalogue import CatalogueImport
from benchmark.pipeline.import_catalogue import import_bytes
from benchmark.sources.fetch import MAX_BYTES, FetchError

LIST = "admin:benchmark_catalogueimport_changelist"


class FeedForm(forms.Form):
    feed = forms.FileField(
        label="Feed file",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".json,application/json"}),
        help_text=f"JSON, at most {MAX_BYTES // 1024 // 1024} MB. A model that it does not name is retired.",
    )

    def clean_feed(self) -> UploadedFile:
        feed: UploadedFile = self.cleaned_data["feed"]
        if (feed.size or 0) > MAX_BYTES:
            raise ValidationError(f"{feed.size:,} bytes are over the limit of {MAX_BYTES:,}.")
        return feed


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "source", "result", "seen", "new", "changed", "retired", "rejected")
    list_display_links = ("started_at",)
    search_fields = ("source", "error")
    actions_list = ("upload_feed",)
    list_before_template = "benchmark/empty_hint.html"
    empty_hint = "No feed was read yet. A sync reads the one of COST_FEED_URL; an operator can upload a file."
    change_form_after_template = "benchmark/rejections.html"
    fieldsets = (
        (None, {"fields": ("source", ("started_at", "finished_at"), "error")}),
        ("Models", {"fields": (("seen", "new", "changed"), ("retired", "rejected"))}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        # A thousand rejections per row are for the import's own page.
        is_list = request.resolver_match is not None and request.resolver_match.url_name == LIST.removeprefix("admin:")
        return rows.defer("rejections", "dropped_fields") if is_list else rows

    @display(description="Result", label={"imported": "success", "failed": "danger"})
    def result(self, row: CatalogueImport) -> str:
        return "imported" if row.succeeded else "failed"

    def has_upload_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.add_catalogueimport")

    @action(description="Upload a feed", icon="upload", permissions=["upload"])
    def upload_feed(self, request: HttpRequest) -> HttpResponse:
        form = FeedForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and (done := self._import(request, form)):
            return done
        return Confirmation(
            title="Upload a feed",
            question="The catalogue is replaced by what the file says, in one step or not at all. "
            "The deciders change with the next sync.",
            submits={"Import": "_import"},
            cancel_url=reverse(LIST),
            form=form,
        ).render(request)

    def _import(self, request: HttpRequest, form: FeedForm) -> HttpResponse | None:
        """Import the uploaded feed; a feed that can't be taken becomes the form's error."""
        feed = form.cleaned_data["feed"]
        try:
            record = import_bytes(feed.read(), source=f"upload by {request.user}: {feed.name}", now=timezone.now())
        except FetchError as error:
            form.add_error("feed", str(error)[:500])
            return None
        messages.success(
            request,
            f"Imported {record.seen} models: {record.new} new, {record.changed} changed, {record.retired} retired, "
            f"{record.rejected} rejected.",
        )
        return HttpResponseRedirect(reverse("admin:benchmark_catalogueimport_change", args=[record.pk]))
