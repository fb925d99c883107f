"""The live table as it is served, held in every web worker so that a poll is nearly free."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import Subquery

from benchmark.api.held import Held
from benchmark.domain.routing_table import iso_utc
from benchmark.models.catalogue import CatalogueImport
from benchmark.models.config import BenchmarkConfig
from benchmark.models.routing_table import RoutingTable


@dataclass(frozen=True, slots=True)
class ServedTable:
    """The live table (`content` is None while there is none), and the answer to a poll with its strong ETag."""

    content: dict[str, Any] | None
    body: bytes
    etag: str


def strong_etag(body: bytes) -> str:
    """Return the ETag of `body`: equal bytes, equal tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


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
    body = json.dumps({"table": content, "publishedAt": published_at}, separators=(",", ":")).encode()
    return ServedTable(content, body, strong_etag(body))


live_table: Final = Held(_look, _load, max_age_s=lambda: settings.LIVE_TABLE_MAX_AGE_SECONDS)
