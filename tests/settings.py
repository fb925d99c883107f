"""The project's settings on a clean environment: nothing of the developer's shell or .env reaches a test."""

import os

for name in ("DEBUG", "COST_FEED_URL", "COST_FEED_TOKEN", "CANDIDATES_URL", "CANDIDATES_SECRET", "GATEWAY_API_KEY"):
    os.environ.pop(name, None)
os.environ |= {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "for the tests alone",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "INTERNAL_API_SECRET": "router-secret,next-router-secret",
    "HTTPS": "false",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody listens there: a test that needs Redis starts its own
    "GATEWAY_BASE_URL": "http://127.0.0.1:1/v1",
    "GATEWAY_SIMULATED": "tests",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or "sqlite:///:memory:",
}

from autorouting.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LIVE_TABLE_MAX_AGE_SECONDS = 0.0
DECISION_FLUSH_SECONDS = 0  # no thread writes behind a test's back
