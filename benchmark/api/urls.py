from django.urls import URLPattern, URLResolver, path

from benchmark.api.candidates import candidates
from benchmark.api.tables import routing_table

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/routing-table", routing_table),
    path("api/internal/auto-routing-benchmark/decider-candidates", candidates),
]
