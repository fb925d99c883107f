"""Each fault of a provider becomes the right kind of error, over real HTTP."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import anyio
import httpx
import pytest

from benchmark.golden.loader import golden_set
from benchmark.runners.gateway import MAX_RETRY_AFTER_S, GatewayRunner
from benchmark.runners.runner import (
    PermanentError,
    Question,
    RateLimited,
    Reply,
    RunnerError,
    TimeLimitExceeded,
    TransientError,
)
from tests.simulation.served import ServedGateway, served_gateway

CASE = golden_set().cases[0]


@pytest.fixture(scope="module")
def _served() -> Iterator[ServedGateway]:
    with served_gateway() as gateway:
        yield gateway


@pytest.fixture
def gateway(_served: ServedGateway) -> ServedGateway:
    _served.faults = []
    return _served


def ask(url: str, *, time_limit_s: float = 10, effort: str | None = None, **options: Any) -> Reply:
    """Return the reply to the first golden case."""

    async def call() -> Reply:
        runner = GatewayRunner(url, "a-key", **options)
        try:
            question = Question("acme/one", effort, CASE.system_prompt, CASE.prompt, 500, time_limit_s)
            return await runner.ask(question)
        finally:
            await runner.aclose()

    return anyio.run(call)


def error_of(url: str, **options: Any) -> RunnerError:
    """Return the error that asking ends in."""
    with pytest.raises(RunnerError) as caught:
        ask(url, **options)
    return caught.value


def answering(*, status: int = 200, headers: dict[str, str] | None = None, content: bytes = b"") -> Any:
    """Return a transport that answers every call with exactly this."""
    return httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=content))


def test_a_reply_says_tokens_cost_and_who_served(gateway: ServedGateway) -> None:
    reply = ask(gateway.url, effort="high")

    assert reply.content
    assert reply.cost_usd
    assert (reply.served_model, reply.provider) == ("acme/one", "simulation")
    assert reply.prompt_tokens == len(CASE.prompt) // 4 + 40
    assert reply.cached_tokens == reply.prompt_tokens // 4
    assert reply.completion_tokens is not None
    assert reply.reasoning_tokens == reply.completion_tokens // 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 529])
def test_a_server_error_is_transient_and_not_billed(gateway: ServedGateway, status: int) -> None:
    gateway.fail("status", status=status)

    error = error_of(gateway.url)

    assert type(error) is TransientError
    assert error.reason == f"{status}: simulated status {status}"
    assert not error.maybe_billed


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_a_refusal_is_permanent_and_quotes_the_gateway(gateway: ServedGateway, status: int) -> None:
    gateway.fail("status", status=status)

    error = error_of(gateway.url)

    assert type(error) is PermanentError
    assert error.reason == f"{status}: simulated status {status}"


@pytest.mark.parametrize(("value", "seconds"), [("", None), ("7", 7), ("1.5", 1.5), ("-3", 0), ("soon", None)])
def test_a_rate_limit_says_how_long_to_wait(gateway: ServedGateway, value: str, seconds: float | None) -> None:
    gateway.fail("status", status=429, retry_after=value)

    error = error_of(gateway.url)

    assert type(error) is RateLimited
    assert error.retry_after_s == seconds


def test_a_rate_limit_may_name_a_date(gateway: ServedGateway) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    gateway.fail("status", status=429, retry_after=later)

    error = error_of(gateway.url)

    assert error.retry_after_s is not None
    assert 60 < error.retry_after_s <= 90


@pytest.mark.parametrize("value", ["99999999", "inf", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_a_wait_without_end_is_cut_short(gateway: ServedGateway, value: str) -> None:
    gateway.fail("status", status=429, retry_after=value)

    assert error_of(gateway.url).retry_after_s == MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (503, TransientError), (404, PermanentError), (20012, TransientError)]
)
def test_an_error_object_in_a_200_counts_by_its_code(
    gateway: ServedGateway, status: int, kind: type[RunnerError]
) -> None:
    gateway.fail("error_object", status=status)

    error = error_of(gateway.url)

    assert type(error) is kind
    assert "simulated error object" in error.reason


@pytest.mark.parametrize("kind", ["html", "truncated", "huge"])
def test_a_malformed_reply_is_transient_and_may_be_billed(gateway: ServedGateway, kind: str) -> None:
    gateway.fail(kind)

    error = error_of(gateway.url)

    assert type(error) is TransientError
    assert error.maybe_billed
    assert len(error.reason) <= 300


def test_a_connection_lost_after_the_request_may_be_billed(gateway: ServedGateway) -> None:
    gateway.fail("reset")

    error = error_of(gateway.url)

    assert type(error) is TransientError
    assert error.maybe_billed


def test_a_refused_connection_is_transient_and_not_billed() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        error = error_of(f"http://127.0.0.1:{closed.getsockname()[1]}/v1")

    assert type(error) is TransientError
    assert error.reason.startswith("could not connect")
    assert not error.maybe_billed


def test_a_connection_that_is_never_accepted_is_transient_and_not_billed() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())

        error = error_of(f"http://127.0.0.1:{full.getsockname()[1]}/v1", connect_timeout_s=0.2)

    assert type(error) is TransientError
    assert error.reason.startswith("could not connect")
    assert not error.maybe_billed


@pytest.mark.parametrize("kind", ["hang", "whitespace"])
def test_a_call_ends_at_its_time_limit_whatever_trickles_in(gateway: ServedGateway, kind: str) -> None:
    gateway.fail(kind)

    error = error_of(gateway.url, time_limit_s=0.3)

    assert type(error) is TimeLimitExceeded
    assert error.reason == "no answer within 0.3 s"
    assert error.maybe_billed


@pytest.mark.parametrize("kind", ["empty", "reasoning_only"])
def test_an_answer_without_content_is_a_reply_that_costs(gateway: ServedGateway, kind: str) -> None:
    gateway.fail(kind)

    reply = ask(gateway.url)

    assert reply.content == ""
    assert reply.cost_usd


def test_text_that_no_database_takes_is_made_storable(gateway: ServedGateway) -> None:
    gateway.fail("bad_text")

    assert ask(gateway.url).content == "?"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"choices": []}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": {"content": 4}}]}',
        b'{"choices": [{"message": null}]}',
        b'{"a": 1e-99999999999999999999999}',
        b'{"a": ' + b"1" * 5000 + b"}",
    ],
)
def test_whatever_comes_back_is_a_transient_error_with_a_short_reason(content: bytes) -> None:
    error = error_of("http://gateway.test/v1", transport=answering(content=content))

    assert type(error) is TransientError
    assert error.maybe_billed
    assert 0 < len(error.reason) <= 300


@pytest.mark.parametrize("cost", ["true", "-1", "NaN", "Infinity", "1e30", '"1"', "null", "{}"])
def test_a_cost_that_is_no_amount_is_unknown(cost: str) -> None:
    body = f'{{"choices": [{{"message": {{"content": "4"}}}}], "usage": {{"cost": {cost}}}}}'

    assert ask("http://gateway.test/v1", transport=answering(content=body.encode())).cost_usd is None


def test_a_cost_is_read_exactly() -> None:
    body = b'{"choices": [{"message": {"content": "4"}}], "usage": {"cost": 0.0123456789}}'

    assert ask("http://gateway.test/v1", transport=answering(content=body)).cost_usd == Decimal("0.0123456789")


def test_a_body_in_a_broken_encoding_is_transient() -> None:
    transport = answering(headers={"Content-Encoding": "gzip"}, content=b"no gzip")

    assert type(error_of("http://gateway.test/v1", transport=transport)) is TransientError


def test_a_redirect_is_not_followed() -> None:
    transport = answering(status=302, headers={"Location": "http://elsewhere.test/"})

    assert type(error_of("http://gateway.test/v1", transport=transport)) is PermanentError


def test_an_error_never_holds_the_key() -> None:
    transport = answering(status=401, content=b'{"error": {"message": "bad key"}}')

    assert "a-key" not in error_of("http://gateway.test/v1", transport=transport).reason


def test_all_calls_are_in_flight_at_once_however_many(gateway: ServedGateway) -> None:
    gateway.latency_s = 0.5
    question = Question("acme/one", None, CASE.system_prompt, CASE.prompt, 500, 10)

    async def call_all() -> None:
        runner = GatewayRunner(gateway.url)
        async with anyio.create_task_group() as calls:
            for _ in range(150):
                calls.start_soon(runner.ask, question)
        await runner.aclose()

    try:
        anyio.run(call_all)
    finally:
        gateway.latency_s = 0

    assert gateway.max_in_flight == 150
