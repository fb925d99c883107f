"""Counts decisions in process and adds them to the rows every few seconds, so that no decision waits for a query."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock, Thread
from typing import Final

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from benchmark.models.decision_count import DecisionCount

log = logging.getLogger(__name__)


class Tally:
    """Decisions per route that are not in the rows yet. What a killed worker had not written is lost: a few seconds."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = Lock()
        self._writer: Thread | None = None

    def add(self, routes: Sequence[str]) -> None:
        """Count one decision for each of `routes`, and see to it that they will be written."""
        with self._lock:
            for route in routes:
                self._counts[route] += 1
            if self._writer is None and settings.DECISION_FLUSH_SECONDS:
                self._writer = Thread(target=self._write_for_ever, name="decision-tally", daemon=True)
                self._writer.start()

    def forget(self) -> None:
        """Drop what was counted and not written."""
        with self._lock:
            self._counts.clear()

    def flush(self) -> None:
        """Write what was counted. Keeps it for the next time when the database can't be reached."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            DecisionCount.add(timezone.now().date(), counts)
        except Error as error:
            log.warning("Decisions could not be counted; they wait for the next time: %s", error)
            with self._lock:
                self._counts.update(counts)

    def _write_for_ever(self) -> None:
        while True:
            time.sleep(settings.DECISION_FLUSH_SECONDS)
            close_old_connections()
            self.flush()
            close_old_connections()


tally: Final = Tally()
