"""The admin's first page: whether all is well, in ten seconds."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from benchmark.admin import attention, charts
from benchmark.admin.run_page import progress_context
from benchmark.domain.deciders import Decider
from benchmark.domain.taxonomy import ROUTES
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider, load_effective_set
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Run, RunState
from benchmark.models.sync import SyncRecord

admin.site.index_title = "Dashboard"

SEEN = ("view_run", "view_routingtable", "view_syncrecord", "view_autodecider", "view_catalogueimport")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the context of the first page; who may not see all of it gets Django's own list."""
    if not request.user.has_perms([f"benchmark.{permission}" for permission in SEEN]):
        return context
    now = timezone.now()
    members = load_effective_set()
    table = RoutingTable.objects.defer("content").filter(is_live=True).select_related("run").first()
    sync = SyncRecord.objects.select_related("catalogue_import", "run").first()
    run = _newest_run(request)
    return {
        **context,
        "is_dashboard": True,
        "notices": [
            (notice, not notice.permission or request.user.has_perm(notice.permission))
            for notice in _notices(now, members, table, sync, run)
        ],
        "table": _table_facts(table),
        "sync": sync,
        "newest_run": run,
        "pool": _pool(members),
        "frontier": charts.frontier_chart(table) if table else None,
        "run_charts": charts.run_charts(),
        "may_sync": request.user.has_perm("benchmark.sync_deciders"),
        **(progress_context(run, now) if run and run.is_running else {}),
    }


def _newest_run(request: HttpRequest) -> Run | None:
    """Return the running run, else the last one, with the totals that its pages show."""
    rows = admin.site.get_model_admin(Run).get_queryset(request)
    newest: Run | None = rows.filter(state=RunState.RUNNING).first() or rows.order_by("-id").first()
    return newest


def _notices(
    now: datetime, members: list[Decider], table: RoutingTable | None, sync: SyncRecord | None, run: Run | None
) -> list[attention.Notice]:
    keys = {member.key for member in members}
    found = [
        *attention.of_sync(sync, now),
        *attention.of_run(run, now),
        *attention.of_table(table, keys, is_running=run is not None and run.is_running),
        *attention.missing_settings(),
    ]
    return sorted(found, key=lambda notice: not notice.is_urgent)


def _table_facts(table: RoutingTable | None) -> dict[str, Any] | None:
    if table is None:
        return None
    good = table.candidates.filter(rank=1, meets_threshold=True).count()
    return {"row": table, "good": good, "routes": len(ROUTES), "percent": 100 * good // len(ROUTES)}


def _pool(members: list[Decider]) -> dict[str, Any]:
    return {
        "effective": len(members),
        "manual": ManualDecider.objects.count(),
        "auto": AutoDecider.objects.count(),
        "excluded": DeciderExclusion.objects.count(),
        "catalogue": CatalogueModel.objects.filter(is_active=True).count(),
        "band": str(BenchmarkConfig.load()),
    }
