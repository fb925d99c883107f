"""Asks the workers for a sync. It talks to the network, so no page waits for it."""

from django.contrib import messages
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from benchmark import tasks


def request_sync(request: HttpRequest) -> None:
    """Queue a sync and tell the person; when the queue can't be reached, tell that."""
    try:
        tasks.sync.delay(trigger="manual")
    except (OperationalError, OSError):
        messages.error(
            request,
            "The sync could not be queued: Redis does not answer. Start it (or correct REDIS_URL), then sync again; "
            "`manage.py sync_deciders` works without it.",
        )
    else:
        messages.success(request, "The sync is queued. Its result appears under Syncs.")
