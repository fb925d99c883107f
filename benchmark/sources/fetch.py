"""One bounded, retried GET of a JSON document from a URL that the settings name."""

import json
import time
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import stamina

MAX_BYTES: Final = 32 * 1024 * 1024
TIMEOUT: Final = httpx.Timeout(connect=10, read=60, write=10, pool=10)
TOTAL_SECONDS: Final = 180.0
_MAX_DIGITS: Final = 1000
_TRANSIENT_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 529})


class FetchError(Exception):
    """A document that could not be had; the message says from where, and why. No secret is in it."""


class TransientFetchError(FetchError):
    """A failure that the next try may not meet."""


def fetch_json(
    url: str,
    *,
    bearer: str = "",
    params: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
    attempts: int = 3,
) -> Any:
    """Return the JSON document at `url`, numbers as Decimal. Transient failures are retried; raises FetchError."""
    if not (bearer.isascii() and bearer.isprintable()):
        # Said here, since the HTTP library's own complaint would quote the secret.
        raise FetchError(f"{public_url(url)}: the bearer secret holds a character that no header can carry")
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    with httpx.Client(transport=transport, timeout=TIMEOUT, headers=headers) as client:
        for attempt in stamina.retry_context(on=TransientFetchError, attempts=attempts, timeout=TOTAL_SECONDS):
            with attempt:
                body = _read(client, url, params)
    return parse_json(body, public_url(url))


def parse_json(body: bytes, source: str) -> Any:
    """Return `body` as JSON, fractions as Decimal. Raises FetchError.

    NaN, Infinity and numbers too large to be read become text, so that they cost their field and not the document.
    """
    if len(body) > MAX_BYTES:
        raise FetchError(f"{source}: {len(body):,} bytes are over the limit of {MAX_BYTES:,}")
    try:
        return json.loads(body, parse_float=_fraction, parse_int=_whole, parse_constant=str)
    except (ValueError, RecursionError) as error:
        start = body[:40].decode("utf-8", "replace")
        raise FetchError(f"{source}: not JSON ({str(error)[:80]}); it starts with {start!r}") from None


def public_url(url: str) -> str:
    """Return `url` without user, password, query and fragment, fit for a log or a page."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        netloc = f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return "(a URL that can't be read)"
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _read(client: httpx.Client, url: str, params: Mapping[str, str] | None) -> bytes:
    source = public_url(url)
    try:
        with client.stream("GET", url, params=params) as response:
            if response.status_code != 200:
                kind = TransientFetchError if response.status_code in _TRANSIENT_STATUS else FetchError
                raise kind(f"{source}: answered with status {response.status_code}, not 200")
            return _read_body(response, source)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise FetchError(f"{source}: not a URL that can be fetched: {str(error)[:200]}") from None
    except httpx.RequestError as error:
        raise TransientFetchError(f"{source}: {type(error).__name__}: {str(error)[:200]}") from None


def _read_body(response: httpx.Response, source: str) -> bytes:
    """Return the unpacked body, bounded in size and time: a server that drips never trips the read timeout."""
    deadline = time.monotonic() + TOTAL_SECONDS
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"{source}: the answer is over the limit of {MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise FetchError(f"{source}: the answer took over {TOTAL_SECONDS:g} s")
    return bytes(body)
