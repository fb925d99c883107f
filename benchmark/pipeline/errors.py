"""Why a stage refused to go on. Nothing was changed when one of these is raised.

PipelineError
├── Conflict        somebody else's work is in the way
│   └── ActiveRun
├── NotConfigured   a setting is missing
├── NoDeciders      there is nothing to measure
└── OverBudget      it would or could cost more than the cap
"""


class PipelineError(Exception):
    """The message is for the person who asked."""


class Conflict(PipelineError):
    pass


class ActiveRun(Conflict):
    """Another run is running; `run_id` names it."""

    def __init__(self, run_id: int | None) -> None:
        super().__init__(f"Run {run_id} is running. Wait for its end, or cancel it.")
        self.run_id = run_id


class NotConfigured(PipelineError):
    pass


class NoDeciders(PipelineError):
    pass


class OverBudget(PipelineError):
    pass
