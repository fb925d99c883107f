"""The runner that the settings name, and the identity of what it measures."""

from django.conf import settings

from benchmark.domain.identity import MeasurementIdentity
from benchmark.golden.loader import golden_set
from benchmark.grading.grade_case import GRADING_VERSION
from benchmark.pipeline.errors import NotConfigured
from benchmark.runners.gateway import GatewayRunner


def configured_runner() -> GatewayRunner:
    """Return a runner for `GATEWAY_BASE_URL`. Raises NotConfigured."""
    if not settings.GATEWAY_BASE_URL:
        raise NotConfigured(
            "No gateway to ask: set GATEWAY_BASE_URL (and GATEWAY_API_KEY) for this process. "
            "To try without one, `manage.py simulate_gateway` prints the settings to use."
        )
    return GatewayRunner(settings.GATEWAY_BASE_URL, settings.GATEWAY_API_KEY, simulated_seed=settings.GATEWAY_SIMULATED)


def current_identity(runner: GatewayRunner | None = None) -> MeasurementIdentity:
    """Return the identity that a measurement made now would have. Raises NotConfigured."""
    return MeasurementIdentity(golden_set().digest, GRADING_VERSION, (runner or configured_runner()).identity)
