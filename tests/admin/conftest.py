"""A server of the admin and a real Chromium."""

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from tests.admin.browser import FLAGS, WIDE

HOW_TO_GET_ONE = "no Chromium found: apt-get install chromium, or playwright install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the browser: `-m "not browser"` leaves them out."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Yield Debian's Chromium, or Playwright's own. Skips where there is none; under CI=true that is a failure.

    Playwright's sync API keeps an event loop in the tests' thread: Django takes all that follows for asynchronous code,
    and other rooms' tests could run no loop of their own. So it ends with this package.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        path = shutil.which("chromium") or playwright.chromium.executable_path
        if not Path(path).exists():
            give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            give_up(HOW_TO_GET_ONE)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def site(chromium: Browser, live_server: Any) -> str:
    """Return the URL of a running server on the test's database."""
    # The server sees committed rows only, so every such test ends with empty tables: the groups are made again.
    import_module("benchmark.migrations.0003_staff_groups").make_groups(apps, SimpleNamespace(connection=connection))
    return str(live_server.url)


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """Yield a page of a fresh browser profile. Fails at the end on a script error or a request to another origin."""
    complaints: list[str] = []
    context = chromium.new_context(base_url=site, viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: complaints.append(f"asked {request.url}") if _is_foreign(request.url, site) else None
    )
    yield page
    context.close()
    assert complaints == []


def _is_foreign(url: str, site: str) -> bool:
    return not url.startswith((site, "data:", "blob:"))
