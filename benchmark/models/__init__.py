from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.daily_spend import DailySpend
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider, PriceWaiver
from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RouteCandidate, RoutingTable
from benchmark.models.run import CaseResult, Run, RunEntry
from benchmark.models.summary import RouteSummary
from benchmark.models.sync import SyncRecord

__all__ = [
    "AutoDecider",
    "BenchmarkConfig",
    "CaseResult",
    "CatalogueImport",
    "CatalogueModel",
    "DailySpend",
    "DeciderExclusion",
    "DecisionCount",
    "ManualDecider",
    "PriceWaiver",
    "RouteCandidate",
    "RouteSummary",
    "RoutingTable",
    "Run",
    "RunEntry",
    "SyncRecord",
]
