"""Routing tables: the live one, for pollers."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from benchmark.api.live_table import live_table
from benchmark.api.responses import JSON

# Always ask again, which is cheap; and never let a shared cache answer for the secret's check.
REVALIDATE: Final = "private, no-cache"
STALE: Final = '110 - "Response is Stale: the database can\'t be reached"'


@require_safe
def routing_table(request: HttpRequest) -> HttpResponse:
    """Return the live table, or 304 to who holds it already."""
    snapshot = live_table.get()
    return polled(request, snapshot.value.body, snapshot.value.etag, JSON, is_stale=snapshot.is_stale)


def polled(request: HttpRequest, body: bytes, etag: str, content_type: str, *, is_stale: bool) -> HttpResponse:
    """Return `body` under its ETag, or 304 when the request names that tag."""
    if matches(request.META.get("HTTP_IF_NONE_MATCH"), etag):
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        del response["Content-Type"]
    else:
        response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = REVALIDATE
    if is_stale:
        response["Warning"] = STALE
    return response


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the header names `etag`, compared weakly as RFC 9110, 13.1.2, has it."""
    if if_none_match is None:
        return False
    named = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    return if_none_match == etag or etag in named or "*" in named
