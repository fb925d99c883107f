"""What is held in process: how often it looks, and what it serves while the database is away."""

import threading
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import OperationalError

from autorouting import settings as production
from benchmark.api.held import Held


@dataclass
class Source:
    """A value with a key that a test may change, or take away."""

    key: int = 1
    is_away: bool = False
    fails_after_s: float = 0.0
    now: float = 100.0
    looks: int = 0
    loads: list[int] = field(default_factory=list)

    def look(self) -> int:
        self.looks += 1
        if self.is_away:
            self.now += self.fails_after_s
            raise OperationalError("away")
        return self.key

    def load(self) -> str:
        self.loads.append(self.key)
        return f"value {self.key}"

    def held(self, max_age_s: float = 0.5) -> Held[int, str]:
        return Held(self.look, self.load, max_age_s=lambda: max_age_s, clock=lambda: self.now)


def test_within_the_age_nothing_is_looked_at() -> None:
    source = Source()
    held = source.held()

    values = [held.get().value for _ in range(100)]

    assert set(values) == {"value 1"}
    assert (source.looks, source.loads) == (1, [1])


def test_after_the_age_a_changed_key_loads_and_an_equal_one_does_not() -> None:
    source = Source()
    held = source.held()
    held.get()

    source.now += 0.5
    held.get()
    source.key, source.now = 2, source.now + 0.5
    changed = held.get().value

    assert (source.looks, source.loads, changed) == (3, [1, 2], "value 2")


def test_a_new_table_is_served_within_a_second_of_publication() -> None:
    assert production.LIVE_TABLE_MAX_AGE_SECONDS < 1
    assert settings.LIVE_TABLE_MAX_AGE_SECONDS == 0  # tests see what they published at once


def test_while_the_source_is_away_the_last_value_is_stale_and_then_fresh_again() -> None:
    source = Source()
    held = source.held(max_age_s=0)
    held.get()

    source.is_away = True
    away = held.get()
    source.is_away = False
    back = held.get()

    assert (away.value, away.is_stale) == ("value 1", True)
    assert (back.value, back.is_stale) == ("value 1", False)
    assert source.loads == [1]


def test_without_a_last_value_the_error_is_the_callers() -> None:
    source = Source(is_away=True)

    with pytest.raises(OperationalError):
        source.held().get()


def test_a_source_that_takes_long_to_fail_is_left_alone_for_a_while() -> None:
    source = Source()
    held = source.held()
    held.get()
    source.is_away, source.fails_after_s, source.now = True, 2.0, source.now + 0.5
    held.get()

    source.now += 5
    held.get()
    source.now += 5
    held.get()

    assert source.looks == 3


def test_one_thread_looks_and_the_others_do_not_wait() -> None:
    entered, release = threading.Event(), threading.Event()
    keys = iter([1, 2])

    def look() -> int:
        key = next(keys)
        if key == 2:
            entered.set()
            assert release.wait(10)
        return key

    values = iter(["old", "new"])
    held = Held(look, lambda: next(values), max_age_s=lambda: 0)
    held.get()
    looking = threading.Thread(target=held.get)
    looking.start()
    assert entered.wait(10)
    meanwhile = held.get().value
    release.set()
    looking.join(10)

    assert meanwhile == "old"
    assert next(values, None) is None
