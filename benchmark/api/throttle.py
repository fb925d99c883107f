"""Token buckets per caller, in this process: each web worker allows its own share."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

MAX_CALLERS: Final = 10_000


class Buckets:
    """One bucket per key: it holds `burst` tokens, gains `per_second`, and each call takes one.

    Bounded: past MAX_CALLERS keys the one unused for longest is forgotten.
    """

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.per_second, self.clock = burst, per_second, clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def forget(self) -> None:
        """Fill all buckets."""
        with self._lock:
            self._buckets.clear()

    def wait_s(self, key: Hashable) -> int:
        """Take a token of `key`: return 0, or the whole seconds until there will be one."""
        with self._lock:
            now = self.clock()
            tokens, since = self._buckets.pop(key, (self.burst, now))
            tokens = min(self.burst, tokens + (now - since) * self.per_second)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > MAX_CALLERS:
                self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - tokens) / self.per_second)
