"""The way of an API request: past all middleware of the pages, through one door, to its view.

The pages' middleware (sessions, messages, CSRF, the logged-in person, CSP, history) is of no use to a router that shows
a bearer token, and costs more than most answers. So this middleware stands first and answers the API's paths itself.
What protects the API is here: the token is checked before anything is read, bodies are bounded, every error is JSON.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.urls import Resolver404, get_resolver

from benchmark.api.auth import refuse_caller
from benchmark.api.metrics import REFUSALS, latency_of
from benchmark.api.responses import JSON, error_answer, not_reachable
from benchmark.api.urls import HOT

MAX_BODY_BYTES: Final = 64 * 1024
PROBES: Final = ("/healthz", "/readyz", "/metrics")
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz", "/api/docs", "/api/openapi.json"})
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = logging.getLogger(__name__)


class LeanApiMiddleware:
    """Answers requests under /api/ and the probes; hands every other one to the pages' middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith("/api/") or path == "/api" or path in PROBES:
            return serve(request)
        return self.get_response(request)


def serve(request: HttpRequest) -> HttpResponseBase:
    """Return the answer to an API request. Never raises, and never answers in HTML but for the docs page."""
    started = time.perf_counter()
    response = _refusal(request) or _answer(request)
    if response.status_code >= 400 and response.headers.get("Content-Type") != JSON:
        response = _as_json_error(response)
    offered_id = request.META.get("HTTP_X_REQUEST_ID", "")
    response["X-Request-Id"] = offered_id if _REQUEST_ID.fullmatch(offered_id) else secrets.token_hex(8)
    response["X-Content-Type-Options"] = "nosniff"
    latency_of(_endpoint(request), response.status_code).observe(time.perf_counter() - started)
    return response


def _endpoint(request: HttpRequest) -> str:
    """Return the path's pattern, for metrics: not the path itself, which callers could vary without end."""
    if request.path_info in HOT:
        return request.path_info
    return f"/{request.resolver_match.route}" if request.resolver_match else "none"


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if not _is_open(request.path_info) and (refusal := refuse_caller(request)):
        REFUSALS.labels(HTTPStatus(refusal.status_code).phrase).inc()
        return refusal
    length = request.META.get("CONTENT_LENGTH") or "0"
    if len(length) > 12 or not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        REFUSALS.labels(HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase).inc()
        message = f"The body must not be over {MAX_BODY_BYTES:,} bytes."
        return error_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
    return None


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or (path == "/metrics" and settings.METRICS_PUBLIC)


def _answer(request: HttpRequest) -> HttpResponseBase:
    try:
        if hot := HOT.get(request.path_info):
            return hot(request)
        match = get_resolver().resolve(request.path_info)
        request.resolver_match = match
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return answer
    except Resolver404:
        return error_answer(HTTPStatus.NOT_FOUND, "There is nothing at this path; /api/docs lists what there is.")
    except UnreadablePostError:
        return error_answer(HTTPStatus.BAD_REQUEST, "The body could not be read.")
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        log.warning("%s: the database failed: %s", request.path_info, error)
        return not_reachable()
    except Exception:
        log.exception("%s failed", request.path_info)
        got_request_exception.send(sender=None, request=request)
        return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, "This is a defect of ours, and it was logged.")


def _as_json_error(response: HttpResponseBase) -> HttpResponse:
    status = HTTPStatus(response.status_code)
    if allowed := response.headers.get("Allow"):
        return error_answer(status, f"{status.phrase}; allowed here: {allowed}.", Allow=allowed)
    return error_answer(status, f"{status.phrase}.")
