"""The sidebar: what staff look for, in the words they use for it."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, PriceWaiver
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Run
from benchmark.models.sync import SyncRecord


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return Unfold's navigation groups; an entry that the person may not open is not shown."""
    return [
        {"items": [{"title": "Dashboard", "icon": "monitoring", "link": reverse("admin:index")}]},
        {
            "title": "Pool",
            "separator": True,
            "items": _entries(
                ("Cost band and settings", "tune", BenchmarkConfig),
                ("Deciders", "group", AutoDecider),
                ("Price waivers", "price_check", PriceWaiver),
                ("Syncs", "sync", SyncRecord),
                ("Catalogue", "list_alt", CatalogueModel),
                ("Imports", "download", CatalogueImport),
            ),
        },
        {
            "title": "Proof",
            "separator": True,
            "items": [
                *_entries(("Runs", "science", Run), ("Routing tables", "route", RoutingTable)),
                {
                    "title": "Golden cases",
                    "icon": "quiz",
                    "link": reverse("admin:benchmark_golden_cases"),
                    "permission": lambda request: request.user.has_perm("benchmark.view_caseresult"),
                },
            ],
        },
        {
            "title": "House",
            "separator": True,
            "items": [
                *_entries(("Schedule", "schedule", PeriodicTask)),
                {
                    "title": "People",
                    "icon": "person",
                    "link": reverse("admin:auth_user_changelist"),
                    "permission": lambda request: request.user.has_perm("auth.view_user"),
                },
                {
                    "title": "Groups",
                    "icon": "groups",
                    "link": reverse("admin:auth_group_changelist"),
                    "permission": lambda request: request.user.has_perm("auth.view_group"),
                },
            ],
        },
    ]


def _entries(*entries: tuple[str, str, type[models.Model]]) -> list[dict[str, Any]]:
    return [_entry(title, icon, model) for title, icon, model in entries if admin.site.is_registered(model)]


def _entry(title: str, icon: str, model: type[models.Model]) -> dict[str, Any]:
    admin_of_model = admin.site.get_model_admin(model)
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
        "permission": lambda request: admin_of_model.has_view_permission(request),
    }
