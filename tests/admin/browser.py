"""What browser tests do again and again: sign in, and ask axe-core what is wrong with a page."""

import json
from importlib.resources import files
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page

FLAGS: Final = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Final = {"width": 1400, "height": 900}
NARROW: Final = {"width": 400, "height": 800}


def sign_in(page: Page, url: str, user: User) -> None:
    """Give the page `user`'s session on the server at `url`."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def serious_violations(page: Page, *rules: str) -> list[str]:
    """Return what axe-core calls serious or critical on the page as it is now: rule, and the elements that break it.

    Only the named `rules` are looked at, where any are named.
    """
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found: dict[str, Any] = page.evaluate("options => axe.run(options)", options)
    return [
        f"{violation['id']}: {json.dumps([node['html'][:200] for node in violation['nodes'][:3]])}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def scrolls_sideways(page: Page) -> bool:
    """Return whether the page as a whole is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
