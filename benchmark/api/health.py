"""Probes: whether the process answers, whether it can do its work, and what it counts."""

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from redis import Redis, RedisError

from benchmark.api.metrics import exposition
from benchmark.api.responses import json_answer

REDIS_TIMEOUT_S: Final = 0.5


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200: the process answers."""
    return json_answer({"status": "ok"}, Cache_Control="no-store")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 when the database answers and is migrated, else 503. Redis is reported; reading needs none."""
    database = _database()
    ready = database == "up"
    content = {"status": "ready" if ready else "not ready", "database": database, "redis": _redis()}
    return json_answer(content, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, Cache_Control="no-store")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics in Prometheus' text format."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "down"
    return "not migrated" if waiting else "up"


def _redis() -> str:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1)
    try:
        with Redis.from_url(url, socket_connect_timeout=REDIS_TIMEOUT_S, socket_timeout=REDIS_TIMEOUT_S) as client:
            return "up" if client.ping() else "down"
    except (RedisError, ValueError, OSError):
        return "down"
