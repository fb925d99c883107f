from benchmark.domain.taxonomy import ROUTES, SUBTYPES, TASK_TYPES


def test_there_are_18_routes_in_a_fixed_order() -> None:
    assert len(ROUTES) == len(set(ROUTES)) == 18
    assert ROUTES[0] == "implementation/feature_development"
    assert ROUTES[-1] == "agentic_execution/multi_step_execution"


def test_each_of_six_task_types_has_three_subtypes() -> None:
    assert len(TASK_TYPES) == 6
    assert all(len(set(subtypes)) == 3 for subtypes in SUBTYPES.values())
