"""A feed -> catalogue rows, in one transaction, with a record of what it did."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from more_itertools import chunked

from benchmark.domain.cost_record import CostRecord
from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.sources.cost_feed import Feed, parse_feed
from benchmark.sources.fetch import MAX_BYTES, FetchError, fetch_json, parse_json, public_url

BATCH = 500
_KEPT_REJECTIONS = 1000


def import_url(url: str, *, now: datetime, transport: httpx.BaseTransport | None = None) -> CatalogueImport:
    """Import the feed at `url` and return the record. Raises FetchError; the failure is recorded, the catalogue stays."""
    token = settings.COST_FEED_TOKEN if url == settings.COST_FEED_URL else ""
    record = CatalogueImport(started_at=now, source=public_url(url)[:500])
    with _recorded(record):
        document = fetch_json(url, bearer=token, transport=transport)
        return _store(record, document, now)


def import_bytes(body: bytes, *, source: str, now: datetime) -> CatalogueImport:
    """Import the feed in `body` and return the record. Raises FetchError like `import_url`."""
    record = CatalogueImport(started_at=now, source=source[:500])
    with _recorded(record):
        return _store(record, parse_json(body, source), now)


def import_file(path: Path, *, now: datetime) -> CatalogueImport:
    """Import the feed in the file at `path` and return the record. Raises FetchError like `import_url`."""
    record = CatalogueImport(started_at=now, source=path.name[:500])
    shown = str(path)[-200:]
    with _recorded(record):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise FetchError(f"{shown}: {path.stat().st_size:,} bytes are over the limit of {MAX_BYTES:,}")
            body = path.read_bytes()
        except OSError as error:
            raise FetchError(f"{shown}: {error.strerror}") from None
        return _store(record, parse_json(body, shown), now)


class _recorded:
    """Saves a failed import with its reason."""

    def __init__(self, record: CatalogueImport) -> None:
        self.record = record

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, FetchError):
            self.record.error, self.record.finished_at = str(error)[:500], timezone.now()
            self.record.save()


def _store(record: CatalogueImport, document: Any, now: datetime) -> CatalogueImport:
    feed = parse_feed(document, record.source)
    with transaction.atomic():
        record.seen, record.rejected = feed.seen, len(feed.rejections)
        record.rejections, record.dropped_fields = feed.rejections[:_KEPT_REJECTIONS], dict(feed.dropped_fields)
        for records in chunked(feed.records, BATCH):
            new, changed = _upsert(records, now)
            record.new += new
            record.changed += changed
        record.retired = _retire(feed, now)
        record.finished_at = timezone.now()
        record.save()
    return record


def _upsert(records: Iterable[CostRecord], now: datetime) -> tuple[int, int]:
    """Write the new and the changed among `records`; return how many each."""
    by_id = {record.id: record for record in records}
    rows = {row.model_id: row for row in CatalogueModel.objects.filter(model_id__in=list(by_id))}
    new = [_new_row(record, now) for model_id, record in by_id.items() if model_id not in rows]
    changed = [row for model_id, row in rows.items() if row.record != by_id[model_id]]
    for row in changed:
        row.describe(by_id[row.model_id])
        row.changed_at = now
    CatalogueModel.objects.bulk_create(
        new + changed,
        update_conflicts=True,
        unique_fields=["model_id"],
        update_fields=[*CatalogueModel.described_fields(), "changed_at"],
    )
    return len(new), len(changed)


def _new_row(record: CostRecord, now: datetime) -> CatalogueModel:
    row = CatalogueModel(model_id=record.id, first_seen_at=now, changed_at=now)
    row.describe(record)
    return row


def _retire(feed: Feed, now: datetime) -> int:
    """Mark the active models that the feed does not name; return how many."""
    named = {record.id for record in feed.records}
    active = CatalogueModel.objects.filter(is_active=True).values_list("pk", "model_id").iterator(chunk_size=2000)
    gone = [pk for pk, model_id in active if model_id not in named]
    for pks in chunked(gone, BATCH):
        CatalogueModel.objects.filter(pk__in=pks).update(is_active=False, changed_at=now)
    return len(gone)
