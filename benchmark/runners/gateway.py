"""Asks a model through an OpenAI-compatible gateway's chat completions."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from benchmark.runners.runner import PermanentError, Question, RateLimited, Reply, TimeLimitExceeded, TransientError

PROTOCOL_VERSION: Final = "1"
MAX_REPLY_BYTES: Final = 4 * 1024 * 1024
MAX_RETRY_AFTER_S: Final = 600.0
_TRANSIENT_STATUS: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_CONNECT_TIMEOUT_S: Final = 10.0
# aiohttp's transport reports any lost connection as a connect timeout; only these were lost before the call was sent.
_NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class GatewayRunner:
    """A gateway at `base_url`. `simulated_seed` is given for the simulated gateway alone."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "",
        *,
        simulated_seed: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        connect_timeout_s: float = _CONNECT_TIMEOUT_S,
    ) -> None:
        parts = urlsplit(base_url)
        self.is_simulated = bool(simulated_seed)
        self.identity = (
            f"simulation:{PROTOCOL_VERSION}:seed={simulated_seed}"
            if simulated_seed
            else f"gateway:{PROTOCOL_VERSION}:{parts.hostname}{parts.path.rstrip('/')}"
        )[:255]
        # Parsed once: parsing them for each call would take a sixth of its CPU time.
        self._url = httpx.URL(f"{base_url.rstrip('/')}/chat/completions")
        authorization = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._headers = httpx.Headers({"Content-Type": "application/json"} | authorization)
        self._transport = transport
        timeout = httpx.Timeout(connect=connect_timeout_s, read=None, write=30, pool=None)
        self._extensions = {"timeout": timeout.as_dict()}

    async def ask(self, question: Question) -> Reply:
        """Return the reply. Raises RunnerError, with the gateway's own words cut short."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(question.time_limit_s):
                status, headers, body = await self._post(question)
        except TimeoutError:
            raise TimeLimitExceeded(f"no answer within {question.time_limit_s:g} s", maybe_billed=True) from None
        except (httpx.RequestError, aiohttp.ClientError) as error:
            if _was_sent(error):
                raise TransientError(f"connection failed: {_said(error)}", maybe_billed=True) from None
            raise TransientError(f"could not connect: {_said(error)}") from None
        latency_ms = round((time.perf_counter() - started) * 1000)
        if status != 200:
            raise _status_error(status, headers, body)
        return _parse_reply(body, latency_ms, _retry_after(headers))

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()

    async def _post(self, question: Question) -> tuple[int, httpx.Headers, bytes]:
        """Return status, headers and body.

        The request goes to the transport itself: a client would add cookies, redirects and authentication, none of them
        wanted here, for a third of a call's CPU time. aiohttp's transport, since httpx's own is ten times slower at 64
        calls in flight.
        """
        if self._transport is None:
            self._transport = _new_transport()
        body = json.dumps(_payload(question)).encode()
        request = httpx.Request("POST", self._url, headers=self._headers, content=body, extensions=self._extensions)
        response = await self._transport.handle_async_request(request)
        try:
            return response.status_code, response.headers, await _read(response)
        finally:
            await response.aclose()


def _new_transport() -> AiohttpTransport:
    """Return a transport without cookies and without aiohttp's limit of 100 connections: the lane limits the calls."""
    trust = httpx.create_ssl_context()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, ssl=trust)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=trust, client=session)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    encoded = "Content-Encoding" in response.headers
    async for chunk in response.aiter_bytes() if encoded else response.stream:
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            raise TransientError(f"the reply is over {MAX_REPLY_BYTES:,} bytes", maybe_billed=True)
    return bytes(body)


def _payload(question: Question) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "model": question.model,
        "messages": [
            {"role": "system", "content": question.system_prompt},
            {"role": "user", "content": question.prompt},
        ],
        "max_tokens": question.max_output_tokens,
        "usage": {"include": True},
    }
    if question.reasoning_effort is not None:
        payload["reasoning"] = {"effort": question.reasoning_effort}
    return payload


def _parse_reply(body: bytes, latency_ms: int, retry_after_s: float | None) -> Reply:
    try:
        document = json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, ArithmeticError, RecursionError):
        raise TransientError(f"the reply is not JSON: {_quote(body)}", maybe_billed=True) from None
    if not isinstance(document, dict):
        raise TransientError(f"the reply is no JSON object: {_quote(body)}", maybe_billed=True)
    if document.get("error"):
        raise _error_object(document["error"], 200, retry_after_s)
    try:
        choice = document["choices"][0]
        if isinstance(choice, dict) and choice.get("error"):
            raise _error_object(choice["error"], 200, retry_after_s)
        content = choice["message"].get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise TransientError(f"the reply has no choices[0].message: {_quote(body)}", maybe_billed=True) from None
    if content is not None and not isinstance(content, str):
        raise TransientError(f"the reply's content is no text: {_quote(body)}", maybe_billed=True)
    usage = _mapping(document.get("usage"))
    return Reply(
        content=_storable(content or ""),
        latency_ms=latency_ms,
        cost_usd=_cost(usage.get("cost")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        reasoning_tokens=_count(_mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        served_model=_short(document.get("model"), 255),
        provider=_short(document.get("provider"), 100),
    )


def _status_error(status: int, headers: httpx.Headers, body: bytes) -> TransientError | PermanentError:
    try:
        said = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = _quote(body)
    return _error_object(said, status, retry_after_s=_retry_after(headers))


def _error_object(said: Any, status: int, retry_after_s: float | None = None) -> TransientError | PermanentError:
    """Return the error that the gateway's `error` object (or text) means; a code inside a 200 counts as the status."""
    code = str(said.get("code")) if isinstance(said, dict) else ""
    message = said.get("message", said) if isinstance(said, dict) else said
    if status == 200:
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else 502
    reason = f"{status}: {' '.join(_storable(str(message)).split())[:200]}"
    if status == 429:
        return RateLimited(reason, retry_after_s=retry_after_s)
    if status in _TRANSIENT_STATUS:
        return TransientError(reason, retry_after_s=retry_after_s)
    return PermanentError(reason)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds that Retry-After asks for, as a number or as an HTTP date (RFC 9110, 10.2.3); bounded."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if seconds == seconds else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _cost(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 10**6:
        return None
    return Decimal(value).quantize(Decimal("1e-10"))


def _short(value: Any, length: int) -> str:
    return _storable(value)[:length] if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """Return `text` without what no database takes: NUL, and halves of surrogate pairs that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _was_sent(error: Exception) -> bool:
    """Return whether the request may have reached the gateway before the connection was lost."""
    if isinstance(error.__cause__, aiohttp.ClientError):
        return not isinstance(error.__cause__, _NOT_SENT)
    return not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _quote(body: bytes) -> str:
    return repr(body[:80].decode("utf-8", "replace"))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:150]}" if str(error) else type(error).__name__
