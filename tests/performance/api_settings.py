"""The production settings, and one more path: the no-op view that the API's speed is measured against."""

from autorouting.settings import *  # noqa: F403

ROOT_URLCONF = "tests.performance.api_urls"
