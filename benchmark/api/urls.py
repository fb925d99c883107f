"""The API's paths. Those that routers call all the time skip what costs more than their answers: see HOT."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from benchmark.api.candidates import candidates
from benchmark.api.decide import decide_view
from benchmark.api.health import healthz, metrics, readyz
from benchmark.api.openapi import api
from benchmark.api.tables import routing_table

# Found by one look in a dict, without Django's resolver (it tries patterns one by one, through three levels) and
# without django-ninja (it checks and converts what these views check themselves).
HOT: Final[dict[str, Callable[[HttpRequest], HttpResponse]]] = {
    "/api/routing-table": routing_table,
    "/api/decide": decide_view,
    "/api/internal/auto-routing-benchmark/decider-candidates": candidates,
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(hot.lstrip("/"), view) for hot, view in HOT.items()),
    path("", api.urls),
]
