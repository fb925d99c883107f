"""Where staff see and steer the system."""

from benchmark.admin import accounts, catalogue, config, deciders, routing_table, run, schedule, sync  # noqa: F401
