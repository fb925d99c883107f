"""manage.py import_catalogue: from a file or a URL, with counts and reasons; a bad document changes nothing."""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import stamina
from pytest_django import Settings

from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from tests import factories
from tests.management.manage import manage

pytestmark = pytest.mark.django_db

MODELS: list[Any] = [
    {"id": "a/one", "terminalBench": {"overallScore": 0.5, "avgAttemptCostUsd": 20.65}},
    {"id": "b/two", "context_length": "long"},
    {"id": "x" * 10_000},
    "text",
]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"data": MODELS}))
    return path


@pytest.fixture
def feed_url() -> Iterator[str]:
    """Yield the URL of a server that answers with the feed to who bears the token, and else with 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["Authorization"] == "Bearer feed-token" else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"data": MODELS}).encode())

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/models"
        server.shutdown()
        thread.join()


def test_a_file_is_imported_and_every_loss_is_told(feed: Path) -> None:
    factories.catalogue_model("gone/model")

    ended = manage("import_catalogue", str(feed), "--json")

    assert ended.code == 0
    counts = {name: ended.result[name] for name in ("seen", "new", "changed", "retired", "rejected")}
    assert counts == {"seen": 4, "new": 2, "changed": 0, "retired": 1, "rejected": 2}
    assert ended.result["rejections"][0]["reason"] == "id_too_long"
    assert ended.result["rejections"][1] == {"id": "(number 4)", "reason": "not_an_object"}
    assert ended.result["dropped_fields"] == {"context_length": 1}


def test_people_read_the_same_in_words(feed: Path) -> None:
    output = manage("import_catalogue", str(feed)).output

    assert "4 models seen in feed.json: 2 new, 0 changed, 0 retired, 2 rejected." in output
    assert "  rejected (number 4): not_an_object" in output
    assert "  dropped 1 malformed context_length" in output


def test_a_second_import_changes_nothing(feed: Path) -> None:
    manage("import_catalogue", str(feed))

    again = manage("import_catalogue", str(feed), "--json").result

    assert (again["new"], again["changed"], again["retired"]) == (0, 0, 0)


def test_the_url_of_the_settings_is_the_default_and_gets_the_token(feed_url: str, settings: Settings) -> None:
    settings.COST_FEED_URL, settings.COST_FEED_TOKEN = feed_url, "feed-token"

    assert manage("import_catalogue", "--json").result["new"] == 2


def test_another_url_never_gets_the_token(feed_url: str, settings: Settings) -> None:
    settings.COST_FEED_URL, settings.COST_FEED_TOKEN = "https://feed.example/models", "feed-token"

    ended = manage("import_catalogue", feed_url)

    assert ended.code == 1
    assert "answered with status 401" in ended.error


def test_without_any_feed_it_is_bad_usage() -> None:
    ended = manage("import_catalogue")

    assert ended.code == 2
    assert ended.error == "Name a file or URL, or set COST_FEED_URL."


BAD = {
    "html": (b"<!doctype html>", "not JSON"),
    "truncated": (b'{"data": [{"id": "a', "not JSON"),
    "null": (b'{"data": null}', '"data" is missing or null'),
    "empty": (b"", "not JSON"),
    "no usable model": (b'{"data": [5]}', "holds no usable model"),
}


@pytest.mark.parametrize(("body", "said"), BAD.values(), ids=BAD)
def test_a_document_that_is_no_feed_fails_is_recorded_and_changes_nothing(
    tmp_path: Path, body: bytes, said: str
) -> None:
    factories.catalogue_model("a/kept")
    path = tmp_path / "bad.json"
    path.write_bytes(body)

    ended = manage("import_catalogue", str(path), "--json")

    assert ended.code == 1
    assert said in ended.result["error"]
    assert CatalogueModel.objects.get().is_active
    assert said in CatalogueImport.objects.get().error


def test_a_file_of_40_mib_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as huge:
        os.truncate(huge.fileno(), 40 * 1024 * 1024)

    ended = manage("import_catalogue", str(path))

    assert ended.code == 1
    assert "41,943,040 bytes are over the limit of 33,554,432" in ended.error


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/nowhere/feed.json", 1, "/nowhere/feed.json: No such file or directory"),
        ("/", 1, "/: Is a directory"),
        ("x" * 10_000, 1, "xxx: File name too long"),
        ("feed\udcff.json", 2, "An argument holds bytes that are no UTF-8 text."),
    ],
    ids=["missing", "folder", "long", "bytes"],
)
def test_a_path_that_can_not_be_read_fails_with_a_reason(path: str, code: int, said: str) -> None:
    ended = manage("import_catalogue", path)

    assert ended.code == code
    assert said in ended.error
    assert len(ended.error) < 400


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/models", "http://ada:pass-word@127.0.0.1:1/", "https://[bad", "http://h:port/"]
)
def test_a_url_that_does_not_answer_fails_without_telling_its_password(url: str) -> None:
    with stamina.set_testing(True, attempts=2):
        ended = manage("import_catalogue", url)

    assert ended.code == 1
    assert "pass-word" not in ended.error
