"""All tables ever stored: the list, and each of them for ever."""

from datetime import timedelta

import pytest
from django.test import Client

from benchmark.models.routing_table import RoutingTable
from tests import factories

PATH = "/api/routing-tables"

pytestmark = pytest.mark.django_db


def publish(count: int) -> list[str]:
    """Publish so many tables and return their versions, newest first."""
    for number in range(count):
        factories.published_run({f"a/model-{number}": (9, "0.001")})
    return list(RoutingTable.objects.values_list("version", flat=True))


def test_the_list_has_the_newest_first_and_says_which_is_live(router: Client) -> None:
    versions = publish(2)

    listed = router.get(PATH).json()

    assert [entry["version"] for entry in listed["tables"]] == versions
    assert [entry["isLive"] for entry in listed["tables"]] == [True, False]
    assert listed["next"] is None


def test_pages_follow_each_other_without_gap_or_overlap(router: Client) -> None:
    versions = publish(5)

    seen, before = [], None
    while True:
        page = router.get(PATH, {"limit": 2} | ({"before": before} if before else {})).json()
        seen += [entry["version"] for entry in page["tables"]]
        if (before := page["next"]) is None:
            break

    assert seen == versions


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "many"),
        ("before", "0"),
        ("before", str(2**63)),
        ("before", "9" * 5000),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(router: Client, parameter: str, value: str) -> None:
    answer = router.get(PATH, {parameter: value})

    assert answer.status_code == 422
    assert answer.json()["error"].startswith(parameter)


def test_a_version_is_served_for_ever(router: Client) -> None:
    _, first = publish(2)

    answer = router.get(f"{PATH}/{first}")
    again = router.get(f"{PATH}/{first}", headers={"if-none-match": answer["ETag"]})
    RoutingTable.objects.get(version=first).go_live(factories.NOW + timedelta(days=1))
    later = router.get(f"{PATH}/{first}")

    assert answer.json()["table"]["version"] == first
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert again.status_code == 304
    assert (later.content, later["ETag"]) == (answer.content, answer["ETag"])


def test_a_version_can_be_exported_too(router: Client) -> None:
    (version,) = publish(1)

    assert router.get(f"{PATH}/{version}", {"format": "csv"}).content.startswith(b"version,")


@pytest.mark.parametrize(
    "version", ["0123456789abcdef", "nonsense", "%00", "..%2f..%2fetc", "%F0%9F%92%A9", "x" * 3000]
)
def test_an_unknown_version_is_404_in_json(router: Client, version: str) -> None:
    answer = router.get(f"{PATH}/{version}")

    assert answer.status_code == 404
    assert "error" in answer.json()
