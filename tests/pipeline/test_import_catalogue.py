import json
import resource
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext

from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.pipeline import import_catalogue
from benchmark.pipeline.import_catalogue import import_bytes, import_file, import_url
from benchmark.sources.fetch import FetchError
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
LATER = NOW + timedelta(days=1)


def model(model_id: str, cost_usd: float | None = 20, **fields: Any) -> dict[str, Any]:
    bench = {"overallScore": 0.5, "avgAttemptCostUsd": cost_usd}
    pricing = {"prompt": "0.000001", "completion": "0.000004"}
    return {"id": model_id, "name": model_id, "pricing": pricing, "terminalBench": bench, **fields}


def feed_of(*models: Any) -> bytes:
    return json.dumps({"data": models}).encode()


def imported(*models: Any, now: Any = NOW) -> CatalogueImport:
    return import_bytes(feed_of(*models), source="feed.json", now=now)


def numbered(count: int, cost_usd: float = 20) -> list[dict[str, Any]]:
    return [model(f"vendor/{number}", cost_usd) for number in range(count)]


def row(model_id: str = "a/model") -> CatalogueModel:
    return CatalogueModel.objects.get(model_id=model_id)


def snapshot() -> list[dict[str, Any]]:
    return list(CatalogueModel.objects.order_by("pk").values())


def statements_to_import(models: list[dict[str, Any]]) -> int:
    body = feed_of(*models)
    with CaptureQueriesContext(connection) as queries:
        import_bytes(body, source="feed.json", now=NOW)
    return len(queries)


def peak_mib() -> float:
    """Return the most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_an_import_records_what_it_saw() -> None:
    imported(model("a/same"), model("b/changes"), model("c/goes"))

    record = imported(model("a/same"), model("b/changes", 21), model("d/new"), {"id": ""}, now=LATER)

    assert (record.seen, record.new, record.changed, record.retired, record.rejected) == (4, 1, 1, 1, 1)
    assert record.rejections == [{"id": "(number 4)", "reason": "no_id"}]
    assert (record.started_at, record.source, record.error) == (LATER, "feed.json", "")


def test_only_what_changed_is_written() -> None:
    imported(model("a/model"), model("b/model"))

    imported(model("a/model"), model("b/model", 21), now=LATER)

    assert (row("a/model").changed_at, row("a/model").first_seen_at) == (NOW, NOW)
    assert (row("b/model").changed_at, row("b/model").first_seen_at) == (LATER, NOW)
    assert row("b/model").avg_attempt_cost_usd == Decimal(21)


def test_the_same_feed_again_changes_nothing() -> None:
    models = [model("a/model", 20.123456789, context_length=10, isFree=False), model("b/model", None)]
    imported(*models)
    before = snapshot()

    record = imported(*models, now=LATER)

    assert (record.new, record.changed, record.retired) == (0, 0, 0)
    assert snapshot() == before


def test_a_model_that_the_feed_no_longer_names_is_retired_not_deleted() -> None:
    imported(model("a/stays"), model("b/goes"))

    imported(model("a/stays"), now=LATER)

    assert not row("b/goes").is_active
    assert row("b/goes").avg_attempt_cost_usd == Decimal(20)


def test_a_model_that_returns_is_active_again_and_keeps_its_first_day() -> None:
    imported(model("a/stays"), model("b/returns"))
    imported(model("a/stays"), now=LATER)

    record = imported(model("a/stays"), model("b/returns"), now=LATER + timedelta(days=1))

    assert (record.new, record.changed) == (0, 1)
    assert row("b/returns").is_active
    assert row("b/returns").first_seen_at == NOW


def test_a_model_that_was_retired_before_is_not_retired_again() -> None:
    imported(model("a/stays"), model("b/goes"))
    imported(model("a/stays"), now=LATER)

    assert imported(model("a/stays"), now=LATER).retired == 0


@pytest.mark.parametrize(
    "body",
    [b"<html>", b'{"models": []}', b'{"data": []}', b'{"data": [{"id": 5}]}', b"", b"\xff\xfe"],
    ids=["HTML", "no data", "no model", "no usable model", "nothing", "no text"],
)
def test_a_malformed_envelope_fails_the_import_and_leaves_the_catalogue(body: bytes) -> None:
    imported(model("a/model"))
    before = snapshot()

    with pytest.raises(FetchError):
        import_bytes(body, source="feed.json", now=LATER)

    failed = CatalogueImport.objects.latest()
    assert snapshot() == before
    assert failed.error.startswith("feed.json: ")
    assert (failed.succeeded, failed.started_at) == (False, LATER)


def test_a_failed_fetch_is_recorded_without_user_password_and_query() -> None:
    url = "http://ada:secret@feed.test/models?token=secret"
    transport = httpx.MockTransport(lambda request: httpx.Response(404))

    with pytest.raises(FetchError, match="404"):
        import_url(url, now=NOW, transport=transport)

    record = CatalogueImport.objects.get()
    assert record.source == "http://feed.test/models"
    assert "secret" not in record.error


@pytest.mark.parametrize(("url", "sent"), [("http://feed.test/m", "Bearer ours"), ("http://other.test/m", None)])
def test_the_feeds_token_goes_to_the_configured_feed_alone(settings: Any, url: str, sent: str | None) -> None:
    settings.COST_FEED_URL, settings.COST_FEED_TOKEN = "http://feed.test/m", "ours"
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=feed_of(model("a/model")))

    import_url(url, now=NOW, transport=httpx.MockTransport(answer))

    assert asked[0].headers.get("Authorization") == sent


def test_a_file_that_is_not_there_fails_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="No such file"):
        import_file(tmp_path / "missing.json", now=NOW)

    assert "No such file" in CatalogueImport.objects.get().error


def test_an_import_that_breaks_halfway_leaves_the_catalogue_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(*numbered(3))
    before = snapshot()
    monkeypatch.setattr(import_catalogue, "BATCH", 2)

    def break_at_the_end(**signal: Any) -> None:
        raise OSError("the disk is full")

    pre_save.connect(break_at_the_end, sender=CatalogueImport)
    try:
        with pytest.raises(OSError, match="disk is full"):
            imported(*numbered(5, 21), now=LATER)
    finally:
        pre_save.disconnect(break_at_the_end, sender=CatalogueImport)

    assert snapshot() == before


def test_statements_grow_with_batches_not_with_models() -> None:
    one_batch, two_batches = statements_to_import(numbered(500)), statements_to_import(numbered(1000, 21))
    unchanged = statements_to_import(numbered(1000, 21))

    assert two_batches <= 2 * one_batch + 4
    assert unchanged <= 8


def test_a_feed_of_50_000_models_is_imported_in_bounded_memory() -> None:
    body = feed_of(*numbered(50_000))
    before = peak_mib()

    record = import_bytes(body, source="feed.json", now=NOW)

    assert (record.new, CatalogueModel.objects.count()) == (50_000, 50_000)
    assert peak_mib() - before < 150
