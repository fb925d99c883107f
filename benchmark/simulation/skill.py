"""Which simulated model answers which case right: made up from a seed, the same on every machine.

Each model has an ability, each route a bias for each model, each difficulty a handicap; their sum on the logistic scale is
the probability that the model gets a case right:

    p = 1 / (1 + exp(-(ability + bias - handicap)))

The abilities spread evenly from 0.8 to 3.0 and the biases from -0.6 to 0.6; the handicaps are 0 (easy), 0.8 (medium) and
1.6 (hard). Whether a model gets a case right is one draw from the seed: asked again, it answers the same, so that a run
can be repeated exactly and a call sent twice changes nothing.
"""

import hashlib
from dataclasses import dataclass
from math import exp
from typing import Final

from benchmark.domain.golden_case import Difficulty, GoldenCase

HANDICAPS: Final = {Difficulty.EASY: 0.0, Difficulty.MEDIUM: 0.8, Difficulty.HARD: 1.6}


@dataclass(frozen=True, slots=True)
class Skill:
    """The skills of all models under one seed."""

    seed: str

    def probability(self, model: str, route: str, difficulty: Difficulty) -> float:
        """Return the probability, in 0..1, that `model` answers a case of this kind right."""
        ability = 0.8 + 2.2 * self.draw("ability", model)
        bias = -0.6 + 1.2 * self.draw("bias", model, route)
        return 1 / (1 + exp(HANDICAPS[difficulty] - ability - bias))

    def answers_right(self, model: str, case: GoldenCase) -> bool:
        """Return whether `model` gets `case` right."""
        return self.draw("answer", model, case.id) < self.probability(model, case.route, case.difficulty)

    def draw(self, *words: str) -> float:
        """Return a number in 0..1 that `words` and the seed alone decide."""
        digest = hashlib.sha256("\x1f".join((self.seed, *words)).encode()).digest()
        return int.from_bytes(digest[:7], "big") / 2**56
