"""What this process counts for Prometheus. What rows know (tables, syncs, runs) is in row_metrics.py.

With several web workers each counts for itself, and a scrape reaches one of them. Where PROMETHEUS_MULTIPROC_DIR names a
folder, prometheus_client keeps the counts in files there, and a scrape of any worker sums over all.
"""

import os
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from benchmark.api.row_metrics import RowCollector

REGISTRY: Final = CollectorRegistry()

REQUESTS: Final = Histogram(
    "autorouting_api_request_seconds",
    "Time from an API request's arrival in the worker to its answer.",
    ("endpoint", "status"),
    registry=REGISTRY,
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
REFUSALS: Final = Counter(
    "autorouting_api_refusals", "Requests refused before anything was read.", ("reason",), registry=REGISTRY
)
DECISIONS: Final = Counter(
    "autorouting_decisions",
    "Decisions by route, chosen model (empty: none) and reason.",
    ("route", "model", "reason"),
    registry=REGISTRY,
)


# Looking a child up by its labels costs as much as a decision; there are few, and they are kept.
@cache
def latency_of(endpoint: str, status: int) -> Histogram:
    """Return the histogram of an endpoint's answers. The endpoint is a pattern, so that callers can't invent any."""
    return REQUESTS.labels(endpoint, str(status))


@cache
def decisions_of(route: str, model: str, reason: str) -> Counter:
    """Return the counter of decisions for `model` (empty: for none) on `route` for `reason`."""
    return DECISIONS.labels(route, model, reason)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    counts = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counts = CollectorRegistry()
        MultiProcessCollector(counts)  # type: ignore[no-untyped-call]
    rows = CollectorRegistry()
    rows.register(RowCollector())
    return generate_latest(counts) + generate_latest(rows)
