"""The tests marked `both_databases` once more, on PostgreSQL."""

import os
import re
import subprocess
import sys

import pytest
from django.db import connection

from tests.deployment import ROOT

AT_LEAST = 150


def test_what_must_hold_on_both_databases_holds_on_postgresql(request: pytest.FixtureRequest) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("all tests run on PostgreSQL already")
    url = request.getfixturevalue("postgresql_url")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "both_databases", "-p", "no:cacheprovider", "tests"],
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=220,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None, done.stdout[-1000:]
    assert int(passed[1]) >= AT_LEAST
