"""When to ask again after a transient failure."""

import random
from datetime import datetime, timedelta
from typing import Final

MAX_TRIES: Final = 6
BASE_S: Final = 1.0
MAX_BACKOFF_S: Final = 600.0
_MAX_JITTER_S: Final = 60.0


def next_try(tries: int, now: datetime, retry_after_s: float | None = None) -> datetime:
    """Return when to ask again after `tries` tries: full jitter over an exponential ceiling, not before Retry-After.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling = min(_MAX_JITTER_S, BASE_S * 2 ** (tries - 1))
    delay = (retry_after_s or 0.0) + random.uniform(0, ceiling)  # noqa: S311  (jitter needs no secrecy)
    return now + timedelta(seconds=min(delay, MAX_BACKOFF_S))
