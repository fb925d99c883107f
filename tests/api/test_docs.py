"""The OpenAPI document, the docs page, and the router that the docs show."""

import contextlib
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client

from benchmark.api.openapi import FOLDER
from benchmark.api.urls import HOT
from tests import factories
from tests.api.conftest import SECRET
from tests.deployment import wait_for


def openapi(stranger: Client) -> dict[str, Any]:
    answer = stranger.get("/api/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_every_path_is_described_and_those_that_need_the_secret_say_so(stranger: Client) -> None:
    paths = openapi(stranger)["paths"]

    unguarded = {path for path, methods in paths.items() for method in methods.values() if "security" not in method}
    assert set(HOT) | {"/api/routing-tables", "/api/routing-tables/{version}", "/api/runs/{run_id}"} == set(paths)
    assert unguarded == {"/healthz", "/readyz"}


def test_every_answer_of_200_that_is_json_has_an_example(stranger: Client) -> None:
    for path, methods in openapi(stranger)["paths"].items():
        for method in methods.values():
            content = method["responses"]["200"].get("content", {}).get("application/json")
            assert content is None or path in ("/healthz", "/readyz") or content["example"], path


@pytest.mark.django_db  # the end of a served file's request closes the database's connection
def test_the_docs_page_needs_nothing_from_elsewhere_and_runs_no_inline_script(stranger: Client) -> None:
    page = stranger.get("/api/docs")
    html = page.content.decode()

    files = re.findall(r'(?:src|href)="([^"]+)"', html)
    scripts = re.findall(r"<script(?! type=\"application/json\")[^>]*>([^<]*)</script>", html)
    policy = page["Content-Security-Policy"]
    assert page.status_code == 200
    assert len(files) >= 3
    for name in files:
        assert urljoin("/api/docs", name).startswith("/static/")
        with contextlib.closing(stranger.get(urljoin("/api/docs", name))) as served:
            assert served.status_code == 200
    assert [text.strip() for text in scripts] == ["", ""]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def router_loop() -> str:
    """Return the router that the docs show."""
    block = re.search(r"```python\n(.*?)```", FOLDER.joinpath("guide.md").read_text(), re.DOTALL)
    assert block
    return block[1]


def test_the_router_that_the_docs_show_has_15_lines_of_code() -> None:
    assert len([line for line in router_loop().splitlines() if line.strip()]) <= 15


@pytest.mark.django_db(transaction=True)
def test_the_router_that_the_docs_show_follows_the_table(live_server: Any) -> None:
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})
    router: dict[str, Any] = {}
    held: dict[str, Any] = {}

    exec(router_loop(), router)
    choose: Callable[..., str | None] = partial(router["choose"], held, "debugging/bug_fixing")
    following = threading.Thread(target=router["follow"], args=(live_server.url, SECRET, held))
    following.start()
    try:
        wait_for(choose, seconds=10, what="the first table")
        first = choose(), choose(denied={"a/cheap"}), choose(denied={"a/cheap", "b/dear"})
        factories.published_run({"c/new": (9, "0.001")})
        wait_for(lambda: choose() == "c/new", seconds=10, what="the next table")
    finally:
        held["stop"] = True
        following.join(timeout=10)

    assert first == ("a/cheap", "b/dear", None)
    assert choose() == "c/new"
