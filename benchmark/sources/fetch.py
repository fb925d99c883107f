"""One bounded, retried GET of a JSON document from a URL that the settings name."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import stamina

MAX_BYTES: Final = 32 * 1024 * 1024
TIMEOUT: Final = httpx.Timeout(connect=10, read=60, write=10, pool=10)
TOTAL_SECONDS: Final = 180.0
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
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    with httpx.Client(transport=transport, timeout=TIMEOUT, headers=headers) as client:
        for attempt in stamina.retry_context(on=TransientFetchError, attempts=attempts, timeout=TOTAL_SECONDS):
            with attempt:
                body = _read(client, url, params)
    return parse_json(body, public_url(url))


def parse_json(body: bytes, source: str) -> Any:
    """Return `body` as JSON, numbers as Decimal; NaN and Infinity become text. Raises FetchError."""
    if len(body) > MAX_BYTES:
        raise FetchError(f"{source}: {len(body):,} bytes are over the limit of {MAX_BYTES:,}")
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError) as error:
        start = body[:40].decode("utf-8", "replace")
        raise FetchError(f"{source}: not JSON ({str(error)[:80]}); it starts with {start!r}") from None


def public_url(url: str) -> str:
    """Return `url` without user, password, query and fragment, fit for a log or a page."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    netloc = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def _read(client: httpx.Client, url: str, params: Mapping[str, str] | None) -> bytes:
    source = public_url(url)
    try:
        with client.stream("GET", url, params=params) as response:
            if response.status_code != 200:
                kind = TransientFetchError if response.status_code in _TRANSIENT_STATUS else FetchError
                raise kind(f"{source}: answered with status {response.status_code}, not 200")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise FetchError(f"{source}: the answer is over the limit of {MAX_BYTES:,} bytes")
            return bytes(body)
    except httpx.TransportError as error:
        raise TransientFetchError(f"{source}: {type(error).__name__}: {str(error)[:200]}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise FetchError(f"{source}: not a URL that can be fetched: {error}") from None
