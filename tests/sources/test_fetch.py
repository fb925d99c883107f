"""One GET of a JSON document: bounded, retried where it helps, and silent about secrets."""

import gzip
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal

import httpx
import pytest
import stamina

from benchmark.sources.fetch import MAX_BYTES, FetchError, fetch_json, parse_json, public_url

URL = "https://ada:pass-word@feed.example:8443/models?key=query-key#part"
SECRET = "bearer-secret"


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Retry as often as ever, without the pauses."""
    with stamina.set_testing(True, attempts=3):
        yield


class Server:
    """Answers each request with the next of `answers`; the last one stays."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fetch(server: Callable[[httpx.Request], httpx.Response], url: str = URL, bearer: str = SECRET) -> object:
    return fetch_json(url, bearer=bearer, transport=httpx.MockTransport(server))


def refusal(server: Callable[[httpx.Request], httpx.Response], url: str = URL, bearer: str = SECRET) -> str:
    """Return the error message, having made sure that it tells no secret."""
    with pytest.raises(FetchError) as refused:
        fetch(server, url, bearer)
    message = str(refused.value)
    assert not any(secret in message for secret in ("pass-word", "ada", "query-key", bearer or "-"))
    assert refused.value.__cause__ is None
    assert len(message) < 400
    return message


def test_a_document_is_fetched_with_the_bearer_secret_and_exact_numbers() -> None:
    server = Server(httpx.Response(200, text='{"data": [0.1, 2]}'))

    assert fetch(server, "https://feed.example/models") == {"data": [Decimal("0.1"), 2]}
    assert server.requests[0].headers["Authorization"] == "Bearer bearer-secret"


def test_without_a_secret_no_authorization_is_sent() -> None:
    server = Server(httpx.Response(200, text="{}"))

    fetch(server, "https://feed.example/models", "")

    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_transient_status_is_tried_again(status: int) -> None:
    server = Server(httpx.Response(status), httpx.Response(status), httpx.Response(200, text="{}"))

    assert fetch(server) == {}
    assert len(server.requests) == 3


def test_retries_end() -> None:
    server = Server(httpx.Response(503))

    assert refusal(server) == "https://feed.example:8443/models: answered with status 503, not 200"
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [201, 204, 301, 302, 400, 401, 403, 404, 501])
def test_any_other_status_is_final_and_a_redirect_is_not_followed(status: int) -> None:
    server = Server(httpx.Response(status, headers={"Location": "https://evil.example/"}))

    assert f"answered with status {status}, not 200" in refusal(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
        httpx.ReadError(""),
    ],
)
def test_a_broken_connection_is_tried_again(error: httpx.TransportError) -> None:
    server = Server(error, httpx.Response(200, text="{}"))

    assert fetch(server) == {}


def test_a_connection_that_stays_broken_is_named() -> None:
    assert "feed.example:8443/models: ConnectError: refused" in refusal(Server(httpx.ConnectError("refused")))


def test_a_body_that_can_not_be_unpacked_is_an_error() -> None:
    def garbled(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    assert "DecodingError" in refusal(garbled)


class Endless(httpx.SyncByteStream):
    """Sends chunks without end and counts them."""

    sent = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += 1
            yield b" " * 1024 * 1024


def test_a_body_over_the_limit_is_cut_off_while_it_comes() -> None:
    body = Endless()

    message = refusal(lambda request: httpx.Response(200, stream=body))

    assert "over the limit of 33,554,432 bytes" in message
    assert body.sent == 33


def test_the_limit_holds_for_the_unpacked_body() -> None:
    bomb = gzip.compress(b" " * (MAX_BYTES + 1), compresslevel=1)

    message = refusal(
        lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))
    )

    assert "over the limit" in message


@pytest.mark.parametrize(
    ("body", "start"),
    [
        (b"<!doctype html><title>Log in</title>", "'<!doctype html>"),
        (b'{"data": [{"id": "a', '\'{"data":'),
        (b"", "''"),
        (b"\xff\xfe\x00", "'\ufffd\ufffd"),
        (b"[" * 100_000, "'[[["),
    ],
    ids=["html", "truncated", "empty", "bytes", "nested"],
)
def test_a_body_that_is_not_json_is_refused_and_its_start_is_shown(body: bytes, start: str) -> None:
    message = refusal(Server(httpx.Response(200, content=body)))

    assert "feed.example:8443/models: not JSON" in message
    assert f"it starts with {start}" in message


def test_a_document_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FetchError, match="33,554,433 bytes are over the limit"):
        parse_json(b" " * (MAX_BYTES + 1), "feed")


def test_numbers_that_json_does_not_know_or_nobody_can_hold_become_text() -> None:
    document = parse_json(b"[NaN, Infinity, -Infinity, 1e99999999999999999999, " + b"9" * 5000 + b"]", "feed")

    assert document == ["NaN", "Infinity", "-Infinity", "1e99999999999999999999", "9" * 5000]


@pytest.mark.parametrize(
    "url", ["ftp://feed.example/models", "feed.example/models", "http://", "https://feed.example:port/"]
)
def test_what_is_no_url_is_an_error_that_is_not_retried(url: str) -> None:
    with pytest.raises(FetchError):
        fetch_json(url, bearer=SECRET)


@pytest.mark.parametrize("secret", ["two\nlines", "sécret", "tab\tbed", "nul\x00"])
def test_a_secret_that_no_header_can_carry_is_refused_without_telling_it(secret: str) -> None:
    server = Server(httpx.Response(200, text="{}"))

    assert "holds a character that no header can carry" in refusal(server, bearer=secret)
    assert not server.requests


def test_retries_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        refusal(Server(httpx.Response(500)))

    assert not any(secret in caplog.text for secret in ("pass-word", SECRET))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "https://feed.example:8443/models"),
        ("http://feed.example", "http://feed.example"),
        ("https://key@feed.example/a/b?c=d", "https://feed.example/a/b"),
        ("https://ada:pass-word@feed.example:port/", "(a URL that can't be read)"),
        ("http://[bad", "(a URL that can't be read)"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert public_url(url) == shown
