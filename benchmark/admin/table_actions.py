"""What staff do to the table: roll back, pin, release, compare, download."""

import json
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from benchmark.admin.confirmation import Confirmation
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.admin.table_matrix import DifferenceRow
from benchmark.domain.routing_table import candidates_by_route
from benchmark.domain.table_csv import table_csv
from benchmark.domain.table_difference import compare_tables
from benchmark.models.routing_table import RoutingTable
from benchmark.pipeline.errors import PipelineError
from benchmark.pipeline.roll_back import release_pin, roll_back

COMPARABLE: Final = 100
TABLE_URL: Final = "admin:benchmark_routingtable_change"
COMPARE_URL: Final = "admin:benchmark_routingtable_compare"


class ReasonForm(forms.Form):
    """Why the table is pinned: whoever finds it pinned later reads this."""

    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown wherever the table is, and kept in the history.",
    )


class TableActions(ReadOnlyAdmin):
    """Who may publish rolls back, pins and releases; who may view compares and downloads."""

    actions = ("compare_selected",)
    actions_detail = (
        "roll_back",
        "release",
        "compare_with_live",
        {"title": "Download", "icon": "download", "items": ["download_json", "download_csv"]},
    )

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.publish_table")

    def get_urls(self) -> list[URLPattern]:
        compare = path("compare/", self.admin_site.admin_view(self.compare_view), name="benchmark_routingtable_compare")
        return [compare, *super().get_urls()]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Return the actions that the person may do and that make sense for the table as it is."""
        table = self.get_object(request, str(object_id))
        hidden = (
            set() if table is None else {"release" if not table.pinned else "", "with_live" if table.is_live else ""}
        )
        allowed = super().get_actions_detail(request, object_id)
        return [one for one in allowed if not any(word and one.action_name.endswith(word) for word in hidden)]

    @action(description="Roll back or pin", permissions=["publish"], icon="push_pin", variant=ActionVariant.PRIMARY)
    def roll_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        table = self._table(request, object_id)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                roll_back(table, reason=form.cleaned_data["reason"], now=timezone.now())
            except PipelineError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, f"Table {table.version} is live and pinned until somebody releases it.")
            return HttpResponseRedirect(reverse(TABLE_URL, args=[table.pk]))
        return self._roll_back_page(request, table, form)

    @action(description="Release the pin", permissions=["publish"], icon="keep_off")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        table = self._table(request, object_id)
        if request.method == "POST":
            try:
                newest = release_pin(now=timezone.now())
            except PipelineError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(reverse(TABLE_URL, args=[table.pk]))
            messages.success(request, f"Released. Table {newest.version} of run {newest.run_id}, the newest, is live.")
            return HttpResponseRedirect(reverse(TABLE_URL, args=[newest.pk]))
        return Confirmation(
            title="Release the pin?",
            question=(
                f"Table {table.version} is pinned: {table.pin_reason or 'no reason given'}. When it is released the "
                "newest table goes live at once, and later runs publish theirs again."
            ),
            submits={"Release": "_release"},
            cancel_url=reverse(TABLE_URL, args=[table.pk]),
        ).render(request)

    @action(description="Compare with live", permissions=["view"], icon="compare_arrows")
    def compare_with_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        live = RoutingTable.objects.filter(is_live=True).values_list("pk", flat=True).first()
        return _to_comparison(live, self._table(request, object_id).pk)

    @admin.action(description="Compare two selected tables", permissions=["view"])
    def compare_selected(self, request: HttpRequest, queryset: QuerySet[RoutingTable]) -> HttpResponse | None:
        chosen = sorted(queryset.values_list("pk", flat=True)[:3])
        if len(chosen) != 2:
            messages.warning(request, "Select exactly two tables to compare.")
            return None
        return _to_comparison(*chosen)

    @action(description="As JSON", permissions=["view"])
    def download_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        table = self._table(request, object_id)
        return _download(json.dumps(table.content, indent=2), "application/json", table, "json")

    @action(description="As CSV", permissions=["view"])
    def download_csv(self, request: HttpRequest, object_id: str) -> HttpResponse:
        table = self._table(request, object_id)
        return _download(table_csv(table.content), "text/csv; charset=utf-8", table, "csv")

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Show what changes, route by route, from one table to another: by default to the live one from that before."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        choices = list(RoutingTable.objects.defer("content").order_by("-id")[:COMPARABLE])
        before, after = self._compared(request, choices)
        context = {
            **self.admin_site.each_context(request),
            "title": "Compare two tables",
            "opts": self.opts,
            "choices": choices,
            "before": before,
            "after": after,
            **(difference_context(before, after) if before and after else {}),
        }
        return TemplateResponse(request, "benchmark/table_compare.html", context)

    def _compared(
        self, request: HttpRequest, choices: list[RoutingTable]
    ) -> tuple[RoutingTable | None, RoutingTable | None]:
        """Return the two tables that the query names; where it names none, the live one and the one before it."""
        asked = [_number(request.GET.get(name, "")) for name in ("before", "after")]
        named = RoutingTable.objects.in_bulk([pk for pk in asked if pk is not None])
        after = named.get(asked[1] or 0) or next((table for table in choices if table.is_live), None)
        earlier = (table for table in choices if after is not None and table.pk < after.pk)
        return named.get(asked[0] or 0) or next(earlier, None), after

    def _table(self, request: HttpRequest, object_id: str) -> RoutingTable:
        table: RoutingTable | None = self.get_object(request, object_id)
        if table is None:
            raise Http404
        return table

    def _roll_back_page(self, request: HttpRequest, table: RoutingTable, form: ReasonForm) -> HttpResponse:
        live = RoutingTable.live()
        if table.is_live:
            title, question, submit = "Pin the live table?", "It stays live, whatever later runs publish,", "Pin it"
        else:
            title, submit = f"Roll back to table {table.version}?", "Roll back"
            question = f"The table of run {table.run_id} goes live at once and stays so, whatever later runs publish,"
        confirmation = Confirmation(
            title=title,
            question=f"{question} until somebody releases it.",
            submits={submit: "_roll_back"},
            cancel_url=reverse(TABLE_URL, args=[table.pk]),
            form=form,
            is_dangerous=not table.is_live,
        )
        context = {} if live is None or table.is_live else difference_context(live, table)
        return confirmation.render(request, "benchmark/table_confirm.html", context)


def difference_context(before: RoutingTable, after: RoutingTable) -> dict[str, Any]:
    """Return what the comparison's template needs."""
    differences = compare_tables(candidates_by_route(before.content), candidates_by_route(after.content))
    return {
        "differences": [DifferenceRow.of(difference) for difference in differences],
        "taken_over": sum(difference.is_taken_over for difference in differences),
    }


def _to_comparison(before: int | None, after: int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(COMPARE_URL)}?before={before or ''}&after={after}")


def _number(text: str) -> int | None:
    """Return the row number that `text` is, or None: nothing that a person types into the address is an error."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _download(text: str, content_type: str, table: RoutingTable, suffix: str) -> HttpResponse:
    filename = f"routing-table-{table.version}.{suffix}"
    return HttpResponse(
        text, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )
