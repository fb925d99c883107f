"""The effective set: manual deciders, then auto deciders that are neither excluded nor manual."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ReasoningEffort(StrEnum):
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Decider:
    """A model to measure, at a reasoning effort or at none. The cost is USD per attempt, None for a manual one."""

    model: str
    reasoning_effort: str | None = None
    avg_attempt_cost_usd: Decimal | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        return (self.model, self.reasoning_effort)


def effective_set(manual: Iterable[Decider], auto: Iterable[Decider], excluded: Collection[str]) -> list[Decider]:
    """Return the effective set, unique by model: manual in the given order, then auto by cost descending, then id."""
    chosen = {decider.model: decider for decider in manual}
    by_cost = sorted(auto, key=lambda d: (-(d.avg_attempt_cost_usd or Decimal(0)), d.model))
    for decider in by_cost:
        if decider.model not in chosen and decider.model not in excluded:
            chosen[decider.model] = decider
    return list(chosen.values())


@dataclass(frozen=True, slots=True)
class SetDifference:
    """Model ids that a new set adds, drops and keeps, each sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    def between(cls, old: Collection[str], new: Collection[str]) -> "SetDifference":
        before, after = set(old), set(new)
        return cls(*(tuple(sorted(ids)) for ids in (after - before, before - after, before & after)))

    def shrinks_too_far(self) -> bool:
        """Return whether more than half of the old set (and at least 2), or all of it, would go."""
        old = len(self.removed) + len(self.kept)
        return old > 0 and (not self.kept or (len(self.removed) >= 2 and 2 * len(self.removed) > old))


def carry_efforts(models: Iterable[str], auto: Iterable[Decider], manual: Iterable[Decider]) -> dict[str, str | None]:
    """Return, per model id, the reasoning effort that the id had until now, as auto or as manual decider."""
    efforts = {d.model: d.reasoning_effort for d in (*manual, *auto)}
    return {model: efforts.get(model) for model in models}
