"""Migrations on rows that were there before them."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from benchmark.models.config import BenchmarkConfig


@pytest.fixture
def fresh(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection to an empty database of its own, since a migration can't be undone within a test's transaction."""
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "fresh.sqlite3"), "OPTIONS": {}}
    connections.databases["fresh"] = {**connections.databases["default"], **sqlite}
    try:
        with django_db_blocker.unblock():
            yield connections["fresh"]
            connections["fresh"].close()
    finally:
        del connections.databases["fresh"]
        del connections["fresh"]


def test_a_config_row_from_before_the_cost_band_gets_15_and_25_and_keeps_the_rest(fresh: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(fresh)
    before = executor.migrate([("benchmark", "0001_initial")]).apps.get_model("benchmark", "BenchmarkConfig")
    before.objects.using("fresh").create(id=1, min_accuracy=Decimal("0.8"), max_concurrency=7)

    executor = MigrationExecutor(fresh)
    executor.migrate([("benchmark", "0002_cost_band")])

    row = BenchmarkConfig.objects.using("fresh").values().get()
    assert (row["min_cost_usd"], row["max_cost_usd"]) == (15, 25)
    assert (row["min_accuracy"], row["max_concurrency"]) == (Decimal("0.8"), 7)


def test_all_migrations_can_be_undone_and_done_again(fresh: BaseDatabaseWrapper) -> None:
    latest = [key for key in MigrationExecutor(fresh).loader.graph.leaf_nodes() if key[0] == "benchmark"]

    MigrationExecutor(fresh).migrate(latest)
    MigrationExecutor(fresh).migrate([("benchmark", "0001_initial")])
    MigrationExecutor(fresh).migrate(latest)

    assert "benchmark_benchmarkconfig" in fresh.introspection.table_names()
