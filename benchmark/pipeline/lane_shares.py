"""How the lanes of a run share its concurrency."""

from math import ceil
from typing import Final

from benchmark.models.run import Run

CALLS_PER_LANE: Final = 32
# A worker runs a lane in each of its processes: more lanes than the smallest worker has would leave their shares idle.
MAX_LANES: Final = 2


def lane_count(run: Run) -> int:
    """Return how many lanes share the run's concurrency."""
    return min(MAX_LANES, ceil(run.max_concurrency / CALLS_PER_LANE))


def lane_share(run: Run) -> int:
    """Return how many calls one lane keeps in flight: all lanes together never more than the run's concurrency."""
    return run.max_concurrency // lane_count(run)


def lane_hold(run: Run) -> int:
    """Return how many cases one lane holds at most: those in flight, and those it claimed ahead."""
    return 3 * lane_share(run)
