"""Whether the golden set tells models apart: simulated models of known skill go through the whole chain.

Simulated gateway -> HTTP -> runner -> grade -> summary. The skill model (benchmark/simulation/skill.py) states each model's
probability of a right answer by route and difficulty; the measured accuracies must lie where the binomial law puts them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import pytest

from benchmark.domain.golden_case import GoldenCase
from benchmark.domain.outcome import Verdict
from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, RunPurpose, RunState
from benchmark.models.summary import RouteSummary
from benchmark.pipeline.measure import measure
from benchmark.pipeline.start_run import start_run
from benchmark.runners.gateway import GatewayRunner
from benchmark.simulation.skill import Skill
from tests import factories
from tests.simulation.served import served_gateway

pytestmark = pytest.mark.django_db

MODELS = ("acme/swift", "acme/steady", "globex/frugal", "initech/grand")
SEEDS = ("7", "11")
# Of 200 other pairs of seeds, chance alone would put one of the 80 groups beyond this. These two are fixed: nothing flickers.
Z = 4.0


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one model that belong together: what the skill model expects of them, and what was measured."""

    seed: str
    model: str
    name: str
    probabilities: tuple[float, ...]
    correct: int

    @property
    def expected(self) -> float:
        return sum(self.probabilities) / len(self.probabilities)

    @property
    def measured(self) -> float:
        return self.correct / len(self.probabilities)

    @property
    def tolerance(self) -> float:
        """Z standard errors of the mean of independent draws, each with its own probability."""
        return Z * sqrt(sum(p * (1 - p) for p in self.probabilities)) / len(self.probabilities)

    @property
    def is_biased(self) -> bool:
        return abs(self.measured - self.expected) > self.tolerance

    def __str__(self) -> str:
        return (
            f"seed {self.seed:3} {self.model:14} {self.name:18} {len(self.probabilities):4} cases  "
            f"configured {self.expected:6.1%}  measured {self.measured:6.1%}  tolerance {self.tolerance:5.1%}"
        )


def run_all(seed: str) -> None:
    """Measure MODELS on the whole golden set, as a worker's lane does."""
    for model in MODELS:
        factories.catalogue_model(model)
        factories.auto_decider(model)
    run = start_run(RunPurpose.MANUAL, now=factories.NOW)
    with served_gateway(seed) as gateway:
        measure(run.pk, runner=GatewayRunner(gateway.url, simulated_seed=seed))
    run.refresh_from_db()
    assert run.state == RunState.COMPLETED


def verdicts(model: str) -> dict[str, Verdict]:
    """Return the verdict of each case."""
    rows = CaseResult.objects.filter(entry__model=model).values_list("case_id", "verdict")
    return {case_id: Verdict(verdict) for case_id, verdict in rows}


def groups(skill: Skill, model: str, key: Callable[[GoldenCase], str]) -> Iterable[Group]:
    given = verdicts(model)
    cases = golden_set().cases
    for name in dict.fromkeys(map(key, cases)):
        some = [case for case in cases if key(case) == name]
        yield Group(
            seed=skill.seed,
            model=model,
            name=name,
            probabilities=tuple(skill.probability(model, case.route, case.difficulty) for case in some),
            correct=sum(given[case.id] is Verdict.CORRECT for case in some),
        )


def all_groups(skill: Skill) -> list[Group]:
    keys: Sequence[Callable[[GoldenCase], str]] = (
        lambda case: "all",
        lambda case: case.route.partition("/")[0],
        lambda case: str(case.difficulty),
    )
    return [group for model in MODELS for key in keys for group in groups(skill, model, key)]


@pytest.mark.parametrize("seed", SEEDS)
def test_measured_accuracies_are_the_configured_ones_within_the_binomial_tolerance(seed: str) -> None:
    run_all(seed)

    skill = Skill(seed)
    found = all_groups(skill)
    print("\n".join(map(str, found)))
    assert [str(group) for group in found if group.is_biased] == []
    by_skill = sorted(MODELS, key=lambda model: next(g for g in found if g.model == model).expected)
    by_measure = sorted(MODELS, key=lambda model: next(g for g in found if g.model == model).measured)
    assert by_measure[0] == by_skill[0]
    assert by_measure[-1] == by_skill[-1]
    assert_that_the_chain_loses_and_invents_nothing(skill)


def assert_that_the_chain_loses_and_invents_nothing(skill: Skill) -> None:
    """Each verdict is the one that the skill drew, and each summary the sum of its verdicts."""
    for model in MODELS:
        drawn = {case.id: skill.answers_right(model, case) for case in golden_set().cases}
        assert {case_id: verdict is Verdict.CORRECT for case_id, verdict in verdicts(model).items()} == drawn
        for summary in RouteSummary.objects.filter(entry__model=model):
            cases = golden_set().by_route()[summary.route]
            assert (summary.correct, summary.graded) == (sum(drawn[case.id] for case in cases), len(cases))
