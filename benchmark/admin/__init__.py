"""Where staff see and steer the system."""

from benchmark.admin import (
    accounts,
    case_result,
    catalogue,
    catalogue_import,
    config,
    dashboard,
    deciders,
    routing_table,
    run,
    schedule,
    sync,
)

__all__ = [
    "accounts",
    "case_result",
    "catalogue",
    "catalogue_import",
    "config",
    "dashboard",
    "deciders",
    "routing_table",
    "run",
    "schedule",
    "sync",
]
