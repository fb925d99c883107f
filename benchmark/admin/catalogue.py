"""What the feed says about each model, and whether that makes it a candidate."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import display
from unfold.views import ChangeList

from benchmark.admin.figures import usd
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.admin.standing import CANDIDATE, REASONS, Standing, standings, with_reason
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import AutoDecider, DeciderExclusion, ManualDecider

STANDING_LABELS = {
    "pinned": "success",
    "auto": "success",
    "candidate": "info",
    "excluded": "warning",
    "out": "default",
}
PRICED = Q(prompt_price_usd__isnull=False, completion_price_usd__isnull=False)
FREE = Q(prompt_price_usd=0, completion_price_usd=0)


class StandingFilter(admin.SimpleListFilter):
    """Who is in, and each reason to be out."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("pinned", "pinned by hand"),
            ("auto", "auto decider"),
            ("excluded", "excluded"),
            (CANDIDATE, "candidate"),
            *((str(reason), text) for reason, text in REASONS.items()),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CatalogueModel]) -> QuerySet[CatalogueModel]:
        value = self.value()
        listed = {"pinned": ManualDecider, "auto": AutoDecider, "excluded": DeciderExclusion}
        if value in listed:
            return queryset.filter(model_id__in=listed[value]._default_manager.values("model"))
        if value == CANDIDATE or value in REASONS:
            return with_reason(queryset, BenchmarkConfig.load().candidate_rule).filter(reason=value)
        return queryset


class PriceFilter(admin.SimpleListFilter):
    title = "token prices"
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("paid", "known"), ("free", "free"), ("unknown", "unknown")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CatalogueModel]) -> QuerySet[CatalogueModel]:
        chosen = {"paid": PRICED & ~FREE, "free": FREE, "unknown": ~PRICED}.get(self.value() or "")
        return queryset.filter(chosen) if chosen is not None else queryset


class CatalogueChangeList(ChangeList):
    """Finds the standings of the page's models at once."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = standings(rows)
        for row in rows:
            row.standing = found[row.model_id]
        self.result_list = rows


@admin.register(CatalogueModel)
class CatalogueModelAdmin(ReadOnlyAdmin):
    list_display = (
        "model_id",
        "standing_word",
        "why",
        "cost",
        "benchmark_score",
        "prompt_price",
        "answer_price",
        "changed_at",
    )
    search_fields = ("model_id", "name")
    search_help_text = "Model id or name"
    list_filter = (StandingFilter, PriceFilter, ("avg_attempt_cost_usd", RangeNumericFilter), "is_active")
    list_filter_submit = True
    list_before_template = "benchmark/empty_hint.html"
    empty_hint = (
        "The catalogue is empty. A sync reads the feed of COST_FEED_URL; a feed file can be uploaded under Imports."
    )
    readonly_fields = (
        "standing_word",
        "why",
        "cost",
        "benchmark_score",
        "prompt_price",
        "answer_price",
        "cached_price",
        "takes",
        "gives",
        "parameters",
    )
    fieldsets = (
        (None, {"fields": ("model_id", "name", ("standing_word", "why"))}),
        ("Benchmark", {"fields": (("cost", "benchmark_score"),)}),
        ("Token prices (USD per million)", {"fields": (("prompt_price", "answer_price", "cached_price"),)}),
        (
            "Capabilities",
            {"fields": ("context_length", ("takes", "gives"), "parameters")},
        ),
        ("Record", {"fields": (("is_active", "has_auto_routing", "is_free"), ("first_seen_at", "changed_at"))}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CatalogueChangeList

    @display(description="Standing", label=STANDING_LABELS)
    def standing_word(self, row: CatalogueModel) -> str:
        return _standing(row).word

    @display(description="Why")
    def why(self, row: CatalogueModel) -> str:
        return _standing(row).why

    @display(description="Attempt cost", ordering="avg_attempt_cost_usd")
    def cost(self, row: CatalogueModel) -> str:
        return usd(row.avg_attempt_cost_usd)

    @display(description="Score", ordering="score")
    def benchmark_score(self, row: CatalogueModel) -> str:
        return "unknown" if row.score is None else f"{row.score.normalize():f}"

    @display(description="Takes")
    def takes(self, row: CatalogueModel) -> str:
        return _listed(row.input_modalities)

    @display(description="Gives")
    def gives(self, row: CatalogueModel) -> str:
        return _listed(row.output_modalities)

    @display(description="Parameters")
    def parameters(self, row: CatalogueModel) -> str:
        return _listed(row.supported_parameters)

    @display(description="Prompt, $/M", ordering="prompt_price_usd")
    def prompt_price(self, row: CatalogueModel) -> str:
        return _per_million(row.prompt_price_usd)

    @display(description="Answer, $/M", ordering="completion_price_usd")
    def answer_price(self, row: CatalogueModel) -> str:
        return _per_million(row.completion_price_usd)

    @display(description="Cached prompt, $/M")
    def cached_price(self, row: CatalogueModel) -> str:
        return _per_million(row.cache_read_price_usd)


def _standing(row: CatalogueModel) -> Standing:
    """Return what the list found for the row, or what a page of its own asks for now."""
    found: Standing = getattr(row, "standing", None) or standings([row])[row.model_id]
    return found


def _listed(values: list[str] | None) -> str:
    return "unknown" if values is None else ", ".join(values) or "none"


def _per_million(price_usd: Decimal | None) -> str:
    return usd(None if price_usd is None else price_usd * 1_000_000)
