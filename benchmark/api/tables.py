"""Routing tables: the live one for pollers, any one for ever, and the list of all. As JSON, or as an export."""

import re
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from benchmark.api.exports import FORMATS, render
from benchmark.api.live_table import Rendering, ServedTable, live_table
from benchmark.api.responses import JSON, error_answer, json_answer, json_body
from benchmark.domain.routing_table import iso_utc
from benchmark.models.routing_table import RoutingTable

# Always ask again, which is cheap; and never let a shared cache answer for the secret's check.
REVALIDATE: Final = "private, no-cache"
FOR_EVER: Final = "private, max-age=31536000, immutable"
VERSION: Final = re.compile("[0-9a-f]{16}")
STALE: Final = '110 - "Response is Stale: the database can\'t be reached"'


@require_safe
def routing_table(request: HttpRequest) -> HttpResponse:
    """Return the live table, or 304 to who holds it already; with `?format=` as an export."""
    snapshot = live_table.get()
    name = request.GET.get("format", "json") if request.META.get("QUERY_STRING") else "json"
    if name not in ("json", *FORMATS):
        return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"format: one of json, {', '.join(FORMATS)}.")
    rendering = snapshot.value.answer if name == "json" else _live_export(snapshot.value, name)
    if rendering is None:
        return error_answer(HTTPStatus.NOT_FOUND, "No table is live yet, so there is nothing to export.")
    response = _cached(request, rendering, REVALIDATE)
    if snapshot.is_stale:
        response["Warning"] = STALE
    return response


def one_table(request: HttpRequest, version: str, form: str) -> HttpResponse:
    """Return the table of this version, which never changes; 404 when there is none."""
    # No other text reaches the database: PostgreSQL fails on some, such as a NUL.
    rows = RoutingTable.objects.filter(version=version) if VERSION.fullmatch(version) else RoutingTable.objects.none()
    content = rows.values_list("content", flat=True).first()
    if content is None:
        return error_answer(HTTPStatus.NOT_FOUND, "There is no table of this version; /api/routing-tables lists all.")
    if form != "json":
        return _cached(request, render(content, form), FOR_EVER)
    return _cached(request, Rendering.of(json_body({"table": content}), JSON), FOR_EVER)


def table_list(limit: int, before: int | None) -> HttpResponse:
    """Return the newest tables first, `limit` at once; `next` is what to pass as `before` for those that follow."""
    rows = RoutingTable.objects.defer("content")
    page = list((rows if before is None else rows.filter(pk__lt=before))[: limit + 1])
    shown = page[:limit]
    listing = {"tables": [_entry(row) for row in shown], "next": shown[-1].pk if len(page) > limit else None}
    return json_answer(listing, Cache_Control=REVALIDATE)


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the header names `etag`, compared weakly as RFC 9110, 13.1.2, has it."""
    if if_none_match is None or if_none_match == etag:
        return if_none_match is not None
    named = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    return etag in named or "*" in named


def _live_export(table: ServedTable, name: str) -> Rendering | None:
    if table.content is None:
        return None
    if name not in table.exports:
        table.exports[name] = render(table.content, name)
    return table.exports[name]


def _cached(request: HttpRequest, rendering: Rendering, cache_control: str) -> HttpResponse:
    """Return the rendering under its ETag, or 304 when the request names that tag."""
    if matches(request.META.get("HTTP_IF_NONE_MATCH"), rendering.etag):
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        del response["Content-Type"]
    else:
        response = HttpResponse(rendering.body, content_type=rendering.content_type)
    response["ETag"] = rendering.etag
    response["Cache-Control"] = cache_control
    return response


def _entry(row: RoutingTable) -> dict[str, Any]:
    return {
        "version": row.version,
        "generatedAt": iso_utc(row.generated_at),
        "publishedAt": iso_utc(row.published_at) if row.published_at else None,
        "source": row.source,
        "runId": row.run_id,
        "isLive": row.is_live,
        "isPinned": row.pinned,
    }
