"""Whatever is sent, the answer is one that the OpenAPI document describes, in JSON, and never a 5xx."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import factories
from tests.api.conftest import SECRET

AUTHORIZED: Final = {"Authorization": f"Bearer {SECRET}"}
CHECKS: Final = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
BOUNDED: Final = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.django_db

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def _live_table(db: None) -> None:
    factories.catalogue_model("a/cheap")
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """Keep the test's transaction open over requests to the WSGI application, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_kept_connection")
@schema.parametrize()
@BOUNDED
def test_every_endpoint_answers_as_described(case: Any) -> None:
    case.call_and_validate(headers=AUTHORIZED, checks=CHECKS)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@BOUNDED
def test_any_bytes_get_an_error_in_json(router: Client, body: bytes) -> None:
    answer = router.post("/api/decide", body, content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert "error" in answer.json()


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["route", "taskType", "subtype", "incumbent", "denied", "mode", "promptTokens", "requests"])


@given(st.dictionaries(fields, any_json | st.just("debugging/bug_fixing"), max_size=4))
@BOUNDED
def test_any_values_of_known_fields_never_fail(router: Client, body: dict[str, Any]) -> None:
    answer = router.post("/api/decide", json.dumps(body), content_type="application/json")

    assert answer.status_code in (200, 400, 422)
    assert "error" in answer.json() or "decision" in answer.json()


@pytest.mark.parametrize(
    "body",
    [
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"route":"debugging/bug_fixing","promptTokens":1e400}',
        '{"route":"debugging/bug_fixing","promptTokens":' + "9" * 5000 + "}",
        '{"route":"debugging/bug_fixing","promptTokens":-Infinity}',
        '{"route":"debugging/bug_fixing","route":"nowhere"}',
        '{"route":"debugging/bug_fixing\\u0000"}',
        '{"route":"debugging/bug_fixing","denied":["\\udfff"]}',
        '\ufeff{"route":"debugging/bug_fixing"}',
    ],
)
def test_json_made_to_hurt_is_refused(router: Client, body: str) -> None:
    answer = router.post("/api/decide", body.encode("utf-8", "surrogatepass"), content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "application/json; charset=no", ""]
)
def test_the_content_type_does_not_matter(router: Client, content_type: str) -> None:
    answer = router.generic("POST", "/api/decide", '{"route":"debugging/bug_fixing"}', content_type=content_type)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/routing-table/",
        "/api//routing-table",
        "/api/../admin/",
        "/api/%2e%2e/admin/",
        "/api/routing-table%00",
        "/api/%ff%fe",
        "/api/runs/%0a1",
        "/api/routing-tables/" + "a" * 5000,
        "/api/<script>",
    ],
)
def test_paths_that_do_not_exist_are_404_in_json(router: Client, path: str) -> None:
    answer = router.get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert b"script" not in answer.content


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("path", ["/api/routing-table", "/api/routing-tables", "/healthz"])
def test_other_methods_are_405_in_json_and_told_which_are_allowed(router: Client, method: str, path: str) -> None:
    answer = router.generic(method, path)

    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
    assert "error" in answer.json()


def test_nobody_is_allowed_across_origins(router: Client) -> None:
    answer = router.get("/api/routing-table", headers={"origin": "https://elsewhere.example"})

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("length", [64 * 1024 + 1, 10**30])
def test_a_body_over_64_kib_is_refused_unread(router: Client, length: int) -> None:
    answer = router.post("/api/decide", b"{}", content_type="application/json", CONTENT_LENGTH=str(length))

    assert answer.status_code == 413
    assert "65,536" in answer.json()["error"]


@pytest.mark.parametrize("length", ["-1", "many", "1.5"])
def test_a_length_that_is_none_is_refused(router: Client, length: str) -> None:
    answer = router.post("/api/decide", b"{}", content_type="application/json", CONTENT_LENGTH=length)

    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    ("offered", "kept"),
    [("trace-1.a_B", True), ("", False), ("a" * 65, False), ("a\nSet-Cookie: x=1", False), ("é", False)],
)
def test_a_request_id_is_echoed_only_when_it_is_harmless(router: Client, offered: str, kept: bool) -> None:
    answer = router.get("/healthz", headers={"x-request-id": offered})

    assert (answer["X-Request-Id"] == offered) is kept
    assert len(answer["X-Request-Id"]) >= 1


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "a b\x00"},
        {"if-none-match": '"' * 9000},
        {"cookie": "sessionid=" + "x" * 9000},
        {"accept": "\xff"},
        {"x-forwarded-proto": "javascript"},
        {"accept-encoding": "br;q=nan"},
    ],
)
def test_odd_headers_change_nothing(router: Client, headers: dict[str, str]) -> None:
    assert router.get("/api/routing-table", headers=headers).status_code == 200
