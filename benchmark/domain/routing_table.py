"""The routing table: per route the ranked models, under a version that is a digest of everything but the time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from benchmark.domain.ranking import Measured, rank
from benchmark.domain.taxonomy import ROUTES


class Source(StrEnum):
    """Who answered: real models, or the simulated gateway (any of it)."""

    BENCHMARK = "benchmark"
    SIMULATION = "simulation"


class IncompleteTable(Exception):
    """A table that must not be published; the message names the routes without a candidate."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The staff-set numbers that decide ranking and switching."""

    min_accuracy: Decimal
    switch_cost_factor: Decimal
    best_accuracy_switch_threshold: Decimal

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Policy":
        """Return the policy that a published table states."""
        names = ("minAccuracy", "switchCostFactor", "bestAccuracySwitchThreshold")
        return cls(*(Decimal(str(content[name])) for name in names))


@dataclass(frozen=True, slots=True)
class TableCandidate:
    """One ranked model of one route. Accuracy and its 95 % bounds are in 0..1, the cost is USD per case."""

    model: str
    reasoning_effort: str | None
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    avg_cost_usd: Decimal
    cases: int
    meets_threshold: bool

    @classmethod
    def of(cls, measured: Measured, min_accuracy: Decimal) -> "TableCandidate":
        summary = measured.summary
        accuracy, interval, cost = summary.accuracy, summary.interval, summary.avg_cost_usd
        assert accuracy is not None
        assert interval is not None
        assert cost is not None
        return cls(
            model=measured.model,
            reasoning_effort=measured.reasoning_effort,
            accuracy=accuracy,
            accuracy_low=interval[0],
            accuracy_high=interval[1],
            avg_cost_usd=cost,
            cases=summary.graded,
            meets_threshold=summary.meets(min_accuracy),
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TableCandidate":
        """Return the candidate that a published table states."""
        return cls(
            model=content["model"],
            reasoning_effort=content["reasoningEffort"],
            accuracy=content["accuracy"],
            accuracy_low=content["accuracyLow"],
            accuracy_high=content["accuracyHigh"],
            avg_cost_usd=Decimal(str(content["avgCostUsd"])),
            cases=content["cases"],
            meets_threshold=content["meetsThreshold"],
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "reasoningEffort": self.reasoning_effort,
            "accuracy": round(self.accuracy, 6),
            "accuracyLow": round(self.accuracy_low, 6),
            "accuracyHigh": round(self.accuracy_high, 6),
            "avgCostUsd": float(self.avg_cost_usd),
            "cases": self.cases,
            "meetsThreshold": self.meets_threshold,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """A publishable table: each of the 18 routes has at least one candidate."""

    generated_at: datetime
    policy: Policy
    source: Source
    run_id: int
    routes: Mapping[str, Sequence[TableCandidate]]

    @classmethod
    def build(
        cls,
        measured_by_route: Mapping[str, Sequence[Measured]],
        *,
        policy: Policy,
        source: Source,
        run_id: int,
        generated_at: datetime,
    ) -> "Table":
        """Return the table of the ranked summaries. Raises IncompleteTable when a route has no candidate."""
        routes = {
            route: [
                TableCandidate.of(measured, policy.min_accuracy)
                for measured in rank(measured_by_route.get(route, ()), policy.min_accuracy)
            ]
            for route in ROUTES
        }
        if empty := [route for route, candidates in routes.items() if not candidates]:
            raise IncompleteTable(f"{len(empty)} of {len(ROUTES)} routes have no candidate: {', '.join(empty)}")
        return cls(generated_at=generated_at, policy=policy, source=source, run_id=run_id, routes=routes)

    @property
    def version(self) -> str:
        """The digest of everything in the table but the time: 16 hexadecimal digits."""
        text = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the published form (camelCase)."""
        content = self._content()
        return {"version": self.version, "generatedAt": iso_utc(self.generated_at), **content}

    def _content(self) -> dict[str, Any]:
        return {
            "minAccuracy": float(self.policy.min_accuracy),
            "switchCostFactor": float(self.policy.switch_cost_factor),
            "bestAccuracySwitchThreshold": float(self.policy.best_accuracy_switch_threshold),
            "source": str(self.source),
            "runId": self.run_id,
            "routes": {route: [candidate.to_json() for candidate in self.routes[route]] for route in ROUTES},
        }


def candidates_by_route(content: Mapping[str, Any]) -> dict[str, list[TableCandidate]]:
    """Return the ranked candidates of each route of a published table."""
    return {
        route: [TableCandidate.from_json(candidate) for candidate in ranked]
        for route, ranked in content["routes"].items()
    }


def iso_utc(moment: datetime) -> str:
    """Return an aware UTC time as the API writes it: 2026-06-17T05:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
