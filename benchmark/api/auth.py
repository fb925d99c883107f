"""Who may read: the bearer of one of the accepted secrets, and nobody while none is configured."""

import hmac
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from benchmark.api.responses import error_answer
from benchmark.api.throttle import Buckets

WRONG_TOKENS_BURST: Final = 20
WRONG_TOKENS_PER_SECOND: Final = 0.5

wrong_tokens = Buckets(WRONG_TOKENS_BURST, WRONG_TOKENS_PER_SECOND)


def refuse_caller(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal of a caller who may not read (now), or None.

    Looks at the Authorization header alone: nothing else is read or parsed before. Wrong tokens are throttled per
    address. A right one always passes, because behind a proxy all callers share one address, and somebody's guesses
    must not lock the routers out; against guesses that hit, only the length of the secret helps.
    """
    secrets = settings.INTERNAL_API_SECRETS
    if not secrets:
        return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The API is not configured: set INTERNAL_API_SECRET.")
    position = accepted_position(request.META.get("HTTP_AUTHORIZATION", ""), secrets)
    if position is None:
        return _refuse_token(request)
    per_second = settings.API_RATE_LIMIT_PER_SECOND
    if per_second and (wait_s := _calls_of_secrets(per_second).wait_s(secrets[position])):
        return _too_many(f"More than {per_second:g} requests per second with this secret.", wait_s)
    return None


def accepted_position(authorization: str, secrets: Sequence[str]) -> int | None:
    """Return the position of the secret that the header bears, or None. Takes equally long whichever it is, or none."""
    scheme, _, token = authorization.partition(" ")
    # WSGI hands over a header's bytes as Latin-1 text; anything beyond it can't have come over HTTP.
    offered = token.strip().encode("latin-1", "replace")
    found = None
    for position, secret in enumerate(secrets):
        if hmac.compare_digest(offered, secret.encode()):
            found = position
    return found if scheme.lower() == "bearer" else None


def is_accepted(request: HttpRequest) -> bool:
    """Return whether the request bears an accepted secret."""
    offered = request.META.get("HTTP_AUTHORIZATION", "")
    return accepted_position(offered, settings.INTERNAL_API_SECRETS) is not None


def _refuse_token(request: HttpRequest) -> HttpResponse:
    if wait_s := wrong_tokens.wait_s(request.META.get("REMOTE_ADDR", "")):
        return _too_many("Too many requests without a right bearer token from this address.", wait_s)
    message = "Send a right token: Authorization: Bearer <secret>."
    return error_answer(HTTPStatus.UNAUTHORIZED, message, WWW_Authenticate='Bearer realm="autorouting"')


def _too_many(message: str, wait_s: int) -> HttpResponse:
    return error_answer(HTTPStatus.TOO_MANY_REQUESTS, message, Retry_After=str(wait_s))


@cache
def _calls_of_secrets(per_second: float) -> Buckets:
    return Buckets(burst=max(1.0, per_second), per_second=per_second)
