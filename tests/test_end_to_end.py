"""The story of a deployment's first days, with real processes: database, Redis, worker, web server, feed and gateway."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmark.domain.taxonomy import ROUTES
from tests.deployment import Deployment, wait_for


class Feed:
    """A cost feed on loopback whose models a test may change."""

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = []
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"data": feed.models}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/models"

    def offer(self, model_id: str, cost_usd: float | None, **fields: Any) -> None:
        pricing = {"prompt": "0.000001", "completion": "0.000004"}
        bench = {"overallScore": 0.5, "avgAttemptCostUsd": cost_usd}
        self.models.append({"id": model_id, "name": model_id, "pricing": pricing, "terminalBench": bench, **fields})


@pytest.fixture
def feed() -> Iterator[Feed]:
    feed = Feed()
    thread = threading.Thread(target=feed.server.serve_forever, daemon=True)
    thread.start()
    yield feed
    feed.server.shutdown()
    feed.server.server_close()
    thread.join()


def sync(deployment: Deployment) -> dict[str, Any]:
    """Trigger the scheduled task and return the sync that it recorded, once its run has ended."""
    count = deployment.value("SELECT count(*) FROM benchmark_syncrecord")
    deployment.call_task("benchmark.tasks.sync")
    columns = "outcome, due_reason, run_id, added, removed, kept"
    newest = f"SELECT {columns} FROM benchmark_syncrecord WHERE outcome <> '' ORDER BY id DESC LIMIT 1"
    wait_for(
        lambda: deployment.value("SELECT count(*) FROM benchmark_syncrecord WHERE outcome <> ''") > count, what="a sync"
    )
    record = dict(zip(columns.split(", "), deployment.rows(newest)[0], strict=True))
    for name in ("added", "removed", "kept"):
        record[name] = json.loads(record[name]) if isinstance(record[name], str) else record[name]
    if record["outcome"] == "started":
        record["run_state"] = deployment.wait_for_run(record["run_id"])
    return record


def entries(deployment: Deployment, run_id: int) -> dict[str, str]:
    return dict(deployment.rows(f"SELECT model, state FROM benchmark_runentry WHERE run_id = {run_id}"))


def served_models(deployment: Deployment) -> set[str]:
    table = deployment.api("/api/routing-table").json()["table"]
    assert list(table["routes"]) == list(ROUTES)
    return {candidate["model"] for ranked in table["routes"].values() for candidate in ranked}


@pytest.mark.timeout(400)
def test_the_first_days_of_a_deployment(deployment: Deployment, feed: Feed) -> None:
    feed.offer("acme/one", 20.0)
    feed.offer("acme/two", 12.0)
    feed.offer("acme/too-dear", 24.01)
    feed.offer("kilo-auto/free", 18.0, autoRouting={"models": ["acme/one"]})
    feed.offer("acme/unmeasured", None)
    deployment.settings["COST_FEED_URL"] = feed.url
    deployment.start_gateway(latency_ms=20)
    deployment.manage("configure", "--min-cost", "12", "--max-cost", "24")
    deployment.manage("import_catalogue")
    deployment.start_worker()
    deployment.start_web()

    # The two were measured before, by hand, and then unpinned: only the auto deciders of the sync count from here on.
    for model in ("acme/one", "acme/two"):
        deployment.manage("decider", "pin", model)
    assert deployment.manage("run_deciders", "--wait")["state"] == "completed"
    for model in ("acme/one", "acme/two"):
        deployment.manage("decider", "unpin", model)
    asked = deployment.gateway_stats()["requests"]

    # A table that rests on the same members is live already: a stricter policy makes the run due.
    deployment.manage("configure", "--min-accuracy", "0.6")
    first = sync(deployment)
    assert (first["outcome"], first["added"]) == ("started", ["acme/one", "acme/two"])
    assert first["run_state"] == "completed"
    assert entries(deployment, first["run_id"]) == {"acme/one": "carried", "acme/two": "carried"}
    assert deployment.gateway_stats()["requests"] == asked
    assert served_models(deployment) == {"acme/one", "acme/two"}

    # Staff exclude one: the next table lacks it, and the other is carried.
    deployment.manage("decider", "exclude", "acme/two", "--reason", "slow")
    second = sync(deployment)
    assert entries(deployment, second["run_id"]) == {"acme/one": "carried"}
    assert served_models(deployment) == {"acme/one"}

    # A third model enters the band: it alone is measured.
    feed.offer("acme/three", 24.0)
    third = sync(deployment)
    assert third["added"] == ["acme/three"]
    assert entries(deployment, third["run_id"]) == {"acme/one": "carried", "acme/three": "ready"}
    assert set(deployment.gateway_stats()["asked"]) == {"acme/one", "acme/two", "acme/three"}
    assert served_models(deployment) == {"acme/one", "acme/three"}
    live = deployment.api("/api/routing-table").json()

    # A fourth is being measured when the gateway goes down: its entry fails with a reason, the live table stays.
    feed.offer("acme/four", 13.0)
    deployment.call_task("benchmark.tasks.sync")
    wait_for(lambda: deployment.gateway_stats()["asked"].get("acme/four", 0) > 20, what="calls of the fourth model")
    deployment.kill("gateway")
    run_id = deployment.value("SELECT max(id) FROM benchmark_run")
    assert deployment.wait_for_run(run_id, seconds=150) == "completed"
    assert entries(deployment, run_id) == {"acme/one": "carried", "acme/three": "carried", "acme/four": "failed"}
    reason = deployment.value(f"SELECT reason FROM benchmark_runentry WHERE run_id = {run_id} AND state = 'failed'")
    assert "connect" in reason
    assert deployment.api("/api/routing-table").json() == live
