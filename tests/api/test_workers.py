"""The production server with two workers, each of which holds the table for itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.conftest import SECRET
from tests.deployment import ROOT, Deployment, free_port, wait_for

ASKED = 12  # in a row, each on a connection of its own, so that both workers answer


@pytest.fixture
def web(folder: Path) -> Iterator[Deployment]:
    """Yield a deployment of two web workers on SQLite, without Redis."""
    deployment = Deployment(folder, f"sqlite:///{folder}/db.sqlite3", gateway_url="http://127.0.0.1:1")
    try:
        deployment.migrate()
        publish(deployment, "a/first")
        port = free_port()
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
        options += ["--blocking-threads", "4"]
        deployment.start("web", sys.executable, "-m", "granian", *options, "autorouting.wsgi:application")
        deployment.web_url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(deployment), what="an answer of the web server")
        yield deployment
    finally:
        deployment.close()


def publish(deployment: Deployment, model: str) -> None:
    code = f"import django; django.setup(); from tests import factories; factories.published_run({{{model!r}: (9, '0.001')}})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=deployment.env, check=True, timeout=60)


def answers(deployment: Deployment) -> bool:
    try:
        return httpx.get(f"{deployment.web_url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def decided(deployment: Deployment) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {SECRET}", "Connection": "close"}
    body = {"route": "debugging/bug_fixing"}
    with httpx.Client(base_url=deployment.web_url, headers=headers) as client:
        asked = [client.post("/api/decide", json=body) for _ in range(ASKED)]
    assert {answer.status_code for answer in asked} == {200}
    return [answer.json() for answer in asked]


def test_all_workers_follow_the_table_and_outlive_the_database(web: Deployment) -> None:
    assert {answer["decision"]["model"] for answer in decided(web)} == {"a/first"}

    publish(web, "b/second")
    wait_for(lambda: {a["decision"]["model"] for a in decided(web)} == {"b/second"}, seconds=10, what="the new table")

    places = [Path(web.database_url.removeprefix("sqlite:///") + end) for end in ("", "-wal", "-shm")]
    present = [place for place in places if place.exists()]
    for place in present:
        os.rename(place, f"{place}.away")
    wait_for(lambda: all(a["stale"] for a in decided(web)), seconds=10, what="stale decisions of both workers")
    assert {answer["decision"]["model"] for answer in decided(web)} == {"b/second"}
    assert web.api("/api/routing-table").headers["Warning"].startswith("110")
    assert httpx.get(f"{web.web_url}/readyz").status_code == 503

    for place in places:
        place.unlink(missing_ok=True)
    for place in present:
        os.rename(f"{place}.away", place)
    wait_for(lambda: not any(a["stale"] for a in decided(web)), seconds=10, what="the database's return")
    counted = "SELECT coalesce(sum(decisions), 0) FROM benchmark_decisioncount"
    wait_for(lambda: web.value(counted) >= 2 * ASKED, seconds=15, what="the count of decisions")
