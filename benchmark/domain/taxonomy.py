"""The 18 task routes: six task types with three subtypes each. A route key is `task_type/subtype`."""

from typing import Final

SUBTYPES: Final[dict[str, tuple[str, str, str]]] = {
    "implementation": ("feature_development", "code_generation", "test_creation"),
    "debugging": ("bug_fixing", "test_repair", "root_cause_analysis"),
    "refactoring": ("code_cleanup", "architecture_improvement", "migration"),
    "planning_design": ("architecture_design", "technical_planning", "system_design"),
    "investigation": ("repo_exploration", "codebase_understanding", "external_research"),
    "agentic_execution": ("tool_usage", "terminal_operations", "multi_step_execution"),
}

TASK_TYPES: Final[tuple[str, ...]] = tuple(SUBTYPES)

ROUTES: Final[tuple[str, ...]] = tuple(
    f"{task_type}/{subtype}" for task_type, subtypes in SUBTYPES.items() for subtype in subtypes
)
