"""Who may read, and that nothing is read or said before that is clear."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from benchmark.api.auth import accepted_position
from benchmark.api.throttle import MAX_CALLERS, Buckets

TABLE = "/api/routing-table"
PATHS = [
    TABLE,
    "/api/internal/auto-routing-benchmark/decider-candidates?minCostUsd=nonsense",
    "/api/nothing",
    "/metrics",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "token", [None, "Bearer wrong", "Bearer ", "Basic router-secret", "router-secret", "Bearer é€"]
)
def test_without_a_right_token_nothing_is_read(
    stranger: Client, path: str, token: str | None, django_assert_num_queries: Any
) -> None:
    headers = {} if token is None else {"authorization": token}

    answer = stranger.get(path, headers=headers)  # no database is allowed here: a query would fail the test

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="autorouting"'
    assert answer["Content-Type"] == "application/json"
    assert b"secret" not in answer.content.replace(b"<secret>", b"")


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Bearer router-secret", "Bearer next-router-secret", "bearer  router-secret "])
def test_each_of_the_accepted_secrets_opens(stranger: Client, header: str) -> None:
    assert stranger.get(TABLE, headers={"authorization": header}).status_code == 200


def test_a_secret_beyond_ascii_is_compared_as_its_bytes() -> None:
    on_the_wire = "Bearer " + "geheimnis-ß".encode().decode("latin-1")

    assert accepted_position(on_the_wire, ["other", "geheimnis-ß"]) == 1


def test_without_a_configured_secret_the_api_is_closed_and_says_so(router: Client, settings: Settings) -> None:
    settings.INTERNAL_API_SECRETS = []

    answer = router.get(TABLE)

    assert answer.status_code == 503
    assert "not configured" in answer.json()["error"]


@pytest.mark.django_db
def test_guesses_are_throttled_and_lock_nobody_else_out(stranger: Client, router: Client) -> None:
    statuses = [stranger.get(TABLE, headers={"authorization": f"Bearer {n}"}).status_code for n in range(25)]

    assert (statuses[0], statuses[-1]) == (401, 429)
    assert int(stranger.get(TABLE)["Retry-After"]) >= 1
    assert stranger.get(TABLE, REMOTE_ADDR="10.0.0.9").status_code == 401
    assert router.get(TABLE).status_code == 200


@pytest.mark.django_db
def test_a_secret_over_its_rate_is_told_when_to_come_back(router: Client, stranger: Client, settings: Settings) -> None:
    settings.API_RATE_LIMIT_PER_SECOND = 2.5

    answers = [router.get(TABLE) for _ in range(4)]

    assert [answer.status_code for answer in answers].count(200) in (2, 3)
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "1"
    assert "2.5" in answers[-1].json()["error"]
    assert stranger.get(TABLE, headers={"authorization": "Bearer next-router-secret"}).status_code == 200


def test_a_bucket_refills_with_time_and_never_over_its_size() -> None:
    now = 100.0
    buckets = Buckets(burst=2, per_second=0.5, clock=lambda: now)

    spent = [buckets.wait_s("a") for _ in range(3)]
    now += 2
    refilled = buckets.wait_s("a"), buckets.wait_s("a")
    now += 1_000_000
    full = [buckets.wait_s("a") for _ in range(3)]

    assert spent == [0, 0, 2]
    assert refilled == (0, 2)
    assert full == [0, 0, 2]


def test_the_number_of_remembered_callers_is_bounded() -> None:
    buckets = Buckets(burst=1, per_second=0.001, clock=lambda: 0.0)

    waits = [buckets.wait_s(caller) for caller in range(MAX_CALLERS + 1)]

    assert set(waits) == {0}
    assert buckets.wait_s(0) == 0  # forgotten, as the one unused for longest
    assert buckets.wait_s(MAX_CALLERS) > 0
