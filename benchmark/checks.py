"""System checks: settings that would fail later are said now."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from benchmark.domain.golden_case import GoldenCaseError
from benchmark.golden.loader import golden_set


@register()
def check_golden_set(**kwargs: Any) -> list[CheckMessage]:
    try:
        golden_set()
    except GoldenCaseError as error:
        return [Error(f"The golden set can't be used: {error}", id="benchmark.E001")]
    return []


@register()
def check_urls(**kwargs: Any) -> list[CheckMessage]:
    names = ("COST_FEED_URL", "CANDIDATES_URL", "GATEWAY_BASE_URL")
    return [
        Error(f"{name} must be an http(s) URL with a host.", id="benchmark.E002")
        for name in names
        if (url := getattr(settings, name)) and not _is_http_url(url)
    ]


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


@register(deploy=True)
def check_api_secret(**kwargs: Any) -> list[CheckMessage]:
    if settings.INTERNAL_API_SECRETS:
        return []
    return [Warning("INTERNAL_API_SECRET is not set: the API answers 503 to routers.", id="benchmark.W001")]
