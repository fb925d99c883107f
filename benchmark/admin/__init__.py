"""Where staff see and steer the system."""

from benchmark.admin import accounts, catalogue, config, deciders, schedule, sync  # noqa: F401
