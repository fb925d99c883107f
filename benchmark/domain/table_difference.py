"""What changes, route by route, when one table takes over from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benchmark.domain.routing_table import TableCandidate
from benchmark.domain.taxonomy import ROUTES

Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class RouteDifference:
    """One route before and after. `joined` and `left` are models that only the later, or only the earlier table ranks.

    `first_before` and `first_after` are what a router picks; None where the table has nobody for the route.
    """

    route: str
    first_before: TableCandidate | None
    first_after: TableCandidate | None
    joined: tuple[str, ...]
    left: tuple[str, ...]
    reordered: bool

    @property
    def is_taken_over(self) -> bool:
        """Whether another model, or the same at another reasoning effort, is first now."""
        return _key(self.first_before) != _key(self.first_after)

    @property
    def is_remeasured(self) -> bool:
        """Whether the same model is still first, with other figures."""
        return not self.is_taken_over and self.first_before != self.first_after

    @property
    def is_changed(self) -> bool:
        return self.is_taken_over or self.is_remeasured or self.reordered or bool(self.joined or self.left)

    @property
    def accuracy_change(self) -> float | None:
        """The first model's accuracy, after minus before, in -1..1; None unless both are known."""
        if self.first_before is None or self.first_after is None:
            return None
        return self.first_after.accuracy - self.first_before.accuracy

    @property
    def cost_change_usd(self) -> Decimal | None:
        """The first model's cost in USD per case, after minus before; None unless both are known."""
        if self.first_before is None or self.first_after is None:
            return None
        return self.first_after.avg_cost_usd - self.first_before.avg_cost_usd

    @property
    def cost_change_share(self) -> float | None:
        """The cost change as a share of the cost before; None where that is unknown or was free."""
        change = self.cost_change_usd
        if change is None or self.first_before is None or not self.first_before.avg_cost_usd:
            return None
        return float(change / self.first_before.avg_cost_usd)


def compare_tables(
    before: Mapping[str, Sequence[TableCandidate]], after: Mapping[str, Sequence[TableCandidate]]
) -> list[RouteDifference]:
    """Return the difference of each of the 18 routes, in the taxonomy's order. Each side maps routes to ranked models."""
    return [_compare_route(route, before.get(route, ()), after.get(route, ())) for route in ROUTES]


def _compare_route(route: str, before: Sequence[TableCandidate], after: Sequence[TableCandidate]) -> RouteDifference:
    old, new = [candidate.model for candidate in before], [candidate.model for candidate in after]
    kept_old, kept_new = [m for m in old if m in new], [m for m in new if m in old]
    return RouteDifference(
        route=route,
        first_before=before[0] if before else None,
        first_after=after[0] if after else None,
        joined=tuple(model for model in new if model not in old),
        left=tuple(model for model in old if model not in new),
        reordered=kept_old != kept_new,
    )


def _key(candidate: TableCandidate | None) -> Key | None:
    return (candidate.model, candidate.reasoning_effort) if candidate else None
