"""Why a model is in or out."""

import pytest

from benchmark.admin.standing import CANDIDATE, standings, with_reason
from benchmark.domain.candidates import Candidate
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from tests import factories

pytestmark = pytest.mark.django_db

ROWS = [
    ("vendor/candidate", "20", {}),
    ("vendor/lowest", "15", {}),
    ("vendor/highest", "25", {}),
    ("vendor/just-above", "25.0000000001", {}),
    ("vendor/cheap", "14.99", {}),
    ("vendor/free", "0", {}),
    ("vendor/unknown", None, {}),
    ("vendor/retired", "20", {"is_active": False}),
    ("kilo-auto/best", "20", {}),
    ("Kilo-Auto/best", "20", {}),
    ("openrouter/auto", "20", {}),
    ("vendor/router", "20", {"has_auto_routing": True}),
    ("acme-auto/x", "20", {}),
    ("acme%auto/x", "20", {}),
    ("kilo-internal/x", "20", {}),
    ("acme-internal/x", None, {}),
]


def test_the_filter_says_of_every_model_what_the_rule_says() -> None:
    rule = BenchmarkConfig(virtual_prefixes=["acme-auto/", "acme%"], custom_prefixes=["acme-internal/"]).candidate_rule
    rows = [factories.catalogue_model(model, cost, **fields) for model, cost, fields in ROWS]

    found = dict(with_reason(CatalogueModel.objects.all(), rule).values_list("model_id", "reason"))

    verdicts = {row.model_id: rule.judge(row.record) for row in rows}
    assert found == {
        model: CANDIDATE if isinstance(verdict, Candidate) else verdict.reason for model, verdict in verdicts.items()
    }


def test_each_model_has_one_stated_standing() -> None:
    rows = [
        factories.catalogue_model(model, cost)
        for model, cost in (("pinned", "20"), ("auto", "20"), ("new", "20"), ("left", "30"), ("no", "20"), ("low", "1"))
    ]
    factories.manual_decider("pinned")
    factories.exclusion("pinned")
    factories.auto_decider("auto")
    factories.auto_decider("left")
    factories.auto_decider("no")
    factories.exclusion("no", "rude", author=factories.staff_user("ada"))

    found = {model: (standing.word, standing.why) for model, standing in standings(rows).items()}

    assert found == {
        "pinned": ("pinned", "pinned by hand"),
        "auto": ("auto", "a candidate that the sync stored"),
        "new": ("candidate", "in the band; enters at the next sync"),
        "left": ("auto", "stored by the last sync; leaves at the next one (above the band)"),
        "no": ("excluded", "excluded by ada: rude"),
        "low": ("out", "below the band"),
    }
