"""A value held in process and kept fresh by a cheap look at what it rests on."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db import Error

K = TypeVar("K")
V = TypeVar("V")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[V]):
    """The value as last seen. `is_stale`: the last look failed, so it may have changed since."""

    value: V
    is_stale: bool = False


class Held(Generic[K, V]):
    """Loads a value once, and again only when the key that `look` returns has changed.

    A look costs one query and is skipped when the last one was less than `max_age_s` ago. While the database is away
    the last known value is served as stale. One thread looks at a time; the others don't wait for it, and where a
    failed look took long (a host that does not answer), the next is put off, so that few requests wait.
    """

    def __init__(
        self,
        look: Callable[[], K],
        load: Callable[[], V],
        max_age_s: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._load, self._max_age_s, self._clock = look, load, max_age_s, clock
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Make the next `get` load anew."""
        self._key: K | None = None
        self._snapshot: Snapshot[V] | None = None
        self._look_at = float("-inf")

    def get(self) -> Snapshot[V]:
        """Return the value, fresh or marked stale. Raises the database's error when there was never one to hold."""
        snapshot = self._snapshot
        if snapshot is not None and self._clock() < self._look_at:
            return snapshot
        if not self._lock.acquire(blocking=snapshot is None):
            assert snapshot is not None
            return snapshot
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def _refresh(self) -> Snapshot[V]:
        began, old, pause_s = self._clock(), self._snapshot, 0.0
        try:
            key = self._look()
            is_known = old is not None and key == self._key
            new = Snapshot(old.value if old and is_known else self._load())
            self._key = key
        except Error as error:
            if old is None:
                raise
            if not old.is_stale:
                log.warning("The database can't be reached; the last known table is served: %s", error)
            new, pause_s = Snapshot(old.value, is_stale=True), _pause_s(self._clock() - began)
        self._snapshot, self._look_at = new, began + self._max_age_s() + pause_s
        return new


def _pause_s(took_s: float) -> float:
    """Return how long to let a database rest that took so long to fail: none when it failed at once, 15 s at most."""
    return min(5 * took_s, 15.0) if took_s > 0.1 else 0.0
