"""Every endpoint as the OpenAPI document and the docs page describe it, and the plain view that answers it.

django-ninja checks and converts the parameters of the rarely used endpoints. The hot ones (see urls.py) go straight to
their views, which check for themselves; here they are only described.
"""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from pathlib import Path as File
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from benchmark.api import schemas
from benchmark.api.asked import DecideBatch, DecideRequest
from benchmark.api.auth import is_accepted
from benchmark.api.candidates import candidates
from benchmark.api.decide import decide_view
from benchmark.api.health import healthz, metrics, readyz
from benchmark.api.responses import error_answer
from benchmark.api.runs import run_progress
from benchmark.api.schemas import ERRORS, ErrorAnswer
from benchmark.api.tables import one_table, routing_table, table_list

FOLDER: Final = File(__file__).parent
EXAMPLES: Final[dict[str, Any]] = json.loads(FOLDER.joinpath("examples.json").read_text())

DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TEXT: Final = {"schema": {"type": "string"}}
Form = Annotated[Literal["json", "csv", "litellm"], Query(description="As what to return the table.")]
_EXPORTS: Final = {"text/csv": _TEXT, "application/yaml": {"schema": {}}}


class RouterSecret(HttpBearer):
    """One of the secrets of INTERNAL_API_SECRET."""

    def authenticate(self, request: HttpRequest, token: str) -> bool:
        return is_accepted(request)


def _strict(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return `view` with a content security policy that lets the docs page load its own files and call the API alone."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Content-Security-Policy"] = DOCS_POLICY
        return response

    return answer


api = NinjaAPI(
    title="Autorouting",
    version="1",
    description=FOLDER.joinpath("guide.md").read_text(),
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
    docs_decorator=_strict,
    urls_namespace="autorouting-api",
    auth=RouterSecret(),
)


def example(name: str, **content: Any) -> dict[str, Any]:
    """Return the description of a 200 answer: a real example, and other content types."""
    shown = {"application/json": {"example": EXAMPLES[name]}} if name else {}
    return {"responses": {200: {"content": {**shown, **content}}}}


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors]
    return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(problems)[:500])


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_answer(HTTPStatus(error.status_code), str(error))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # the lean middleware answers it, and never with a traceback


@api.get(
    "/api/routing-table",
    response={200: schemas.LiveTableAnswer, 304: None, 404: ErrorAnswer, 422: ErrorAnswer, **ERRORS},
    openapi_extra=example("routing-table", **_EXPORTS),
    by_alias=True,
    summary="The live table",
    tags=["Tables"],
)
def get_routing_table(request: HttpRequest, format: Form = "json") -> HttpResponse:
    """Poll this as often as once per second with the `ETag` of the last answer in `If-None-Match`.

    While the database is away the last known table is served, with a `Warning` header.
    """
    return routing_table(request)


@api.get(
    "/api/routing-tables",
    response={200: schemas.TablesAnswer, 422: ErrorAnswer, **ERRORS},
    openapi_extra=example("routing-tables"),
    by_alias=True,
    summary="All tables, newest first",
    tags=["Tables"],
)
def list_routing_tables(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> HttpResponse:
    return table_list(limit, before)


@api.get(
    "/api/routing-tables/{version}",
    response={200: schemas.OneTableAnswer, 304: None, 404: ErrorAnswer, 422: ErrorAnswer, **ERRORS},
    openapi_extra=example("one-table", **_EXPORTS),
    by_alias=True,
    summary="One table, which never changes",
    tags=["Tables"],
)
def get_one_table(request: HttpRequest, version: Annotated[str, Path()], format: Form = "json") -> HttpResponse:
    return one_table(request, version, format)


@api.post(
    "/api/decide",
    response={
        200: schemas.DecideAnswer | schemas.DecideBatchAnswer,
        400: ErrorAnswer,
        413: ErrorAnswer,
        422: schemas.RouteError,
        **ERRORS,
    },
    openapi_extra=example("decide"),
    by_alias=True,
    summary="Which model to use, and why",
    tags=["Decisions"],
)
def decide(request: HttpRequest, asked: DecideRequest | DecideBatch) -> HttpResponse:
    """One request, or up to 1,000 as `{"requests": [...]}` (64 KiB in all)."""
    return decide_view(request)


@api.get(
    "/api/internal/auto-routing-benchmark/decider-candidates",
    response={200: schemas.CandidatesAnswer, 400: ErrorAnswer, **ERRORS},
    openapi_extra=example("candidates"),
    by_alias=True,
    summary="The catalogue's models within a cost band",
    tags=["Candidates"],
)
def get_candidates(
    request: HttpRequest,
    min_usd: Annotated[float | None, Query(alias="minCostUsd", ge=0, le=1_000_000)] = None,
    max_usd: Annotated[float | None, Query(alias="maxCostUsd", ge=0, le=1_000_000)] = None,
) -> HttpResponse:
    """Bounds are inclusive, in USD per attempt; one that is left out is the saved configuration's."""
    return candidates(request)


@api.get(
    "/api/runs/{int:run_id}",
    response={200: schemas.RunAnswer, 404: ErrorAnswer, 422: ErrorAnswer, **ERRORS},
    openapi_extra=example("run"),
    by_alias=True,
    summary="How far a run is",
    tags=["Runs"],
)
def get_run(request: HttpRequest, run_id: Annotated[int, Path(ge=1, lt=2**63)]) -> HttpResponse:
    return run_progress(run_id)


@api.get("/healthz", response=schemas.HealthAnswer, auth=None, summary="Does the process answer?", tags=["Probes"])
def get_healthz(request: HttpRequest) -> HttpResponse:
    return healthz(request)


@api.get(
    "/readyz",
    response={200: schemas.ReadyAnswer, 503: schemas.ReadyAnswer},
    auth=None,
    by_alias=True,
    summary="Can it do its work?",
    tags=["Probes"],
)
def get_readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated. Redis is reported, and not needed to read."""
    return readyz(request)


@api.get(
    "/metrics",
    response={200: None, **ERRORS},
    openapi_extra=example("", **{"text/plain": _TEXT}),
    by_alias=True,
    summary="Metrics for Prometheus",
    tags=["Probes"],
)
def get_metrics(request: HttpRequest) -> HttpResponse:
    return metrics(request)
