"""The live table as it is served, held in every web worker so that a poll is nearly free."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db.models import Subquery

from benchmark.api.held import Held
from benchmark.api.responses import JSON, json_body
from benchmark.domain.candidates import is_virtual
from benchmark.domain.decision import UNKNOWN, Capabilities, RankedModel
from benchmark.domain.routing_table import Policy, TableCandidate, candidates_by_route, iso_utc
from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.routing_table import RoutingTable


@dataclass(frozen=True, slots=True)
class Rendering:
    """One form of a table as bytes, under a strong ETag: equal bytes, equal tag."""

    body: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, content_type: str) -> "Rendering":
        return cls(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@dataclass(frozen=True, slots=True)
class Routing:
    """What decisions rest on: a table's policy, and its models with what the catalogue knows of them, by route."""

    version: str
    run_id: int
    policy: Policy
    routes: Mapping[str, Sequence[RankedModel]]


@dataclass(frozen=True, slots=True)
class ServedTable:
    """The live table; `content` and `routing` are None while there is none. `exports` fills as they are asked for."""

    content: dict[str, Any] | None
    answer: Rendering
    routing: Routing | None
    exports: dict[str, Rendering] = field(default_factory=dict)


def _look() -> tuple[Any, ...] | None:
    """Return what the answers rest on: which table is live since when, and the state of catalogue and configuration."""
    newest_import = CatalogueImport.objects.order_by("-pk").values("pk")[:1]
    config = BenchmarkConfig.objects.values("updated_at")[:1]
    live = RoutingTable.objects.filter(is_live=True)
    return live.values_list("pk", "version", "published_at", Subquery(newest_import), Subquery(config)).first()


def _load() -> ServedTable:
    row = RoutingTable.live()
    published_at = iso_utc(row.published_at) if row and row.published_at else None
    content = row.content if row else None
    body = json_body({"table": content, "publishedAt": published_at})
    return ServedTable(content, Rendering.of(body, JSON), _routing(content) if content else None)


def _routing(content: Mapping[str, Any]) -> Routing:
    routes = candidates_by_route(content)
    known = _capabilities({candidate.model for ranked in routes.values() for candidate in ranked})
    prefixes = tuple(BenchmarkConfig.load().virtual_prefixes)

    def ranked_model(rank: int, candidate: TableCandidate) -> RankedModel:
        capabilities = known.get(candidate.model, UNKNOWN)
        return RankedModel.of(rank, candidate, capabilities, is_virtual=is_virtual(candidate.model, prefixes))

    return Routing(
        version=content["version"],
        run_id=content["runId"],
        policy=Policy.from_json(content),
        routes={
            route: tuple(ranked_model(rank, candidate) for rank, candidate in enumerate(ranked, start=1))
            for route, ranked in routes.items()
        },
    )


def _capabilities(models: set[str]) -> dict[str, Capabilities]:
    rows = CatalogueModel.objects.filter(model_id__in=models)
    return {
        model: Capabilities(None if modalities is None else frozenset(map(str.lower, modalities)), context_length)
        for model, modalities, context_length in rows.values_list("model_id", "input_modalities", "context_length")
    }


live_table: Final = Held(_look, _load, max_age_s=lambda: settings.LIVE_TABLE_MAX_AGE_SECONDS)
