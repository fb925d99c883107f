"""The golden cases: what is asked, how answers are checked, and which cases tell models apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from benchmark.domain.golden_case import Difficulty, GoldenCase, right_answer
from benchmark.domain.outcome import GRADED, Verdict
from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, EntryState, ResultState, RunEntry

DIFFICULTY_LABELS: Final = {Difficulty.EASY: "success", Difficulty.MEDIUM: "info", Difficulty.HARD: "danger"}
ALL_RIGHT: Final = "all right"
NONE_RIGHT: Final = "none right"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, and of how many models that answered it how many were right at every repetition."""

    case: GoldenCase
    label: str
    asked: int
    right: int

    @property
    def mark(self) -> str:
        """What makes the case useless for telling today's models apart; nothing where it does, or is not measured."""
        if not self.asked or 0 < self.right < self.asked:
            return ""
        return ALL_RIGHT if self.right else NONE_RIGHT


def cases_view(request: HttpRequest, model_admin: "ModelAdmin[CaseResult]") -> HttpResponse:
    """List the golden cases, of one route or difficulty or all, or only those that tell no models apart."""
    _require_view(request, model_admin)
    route, difficulty, mark = (request.GET.get(name, "") for name in ("route", "difficulty", "mark"))
    rows = [row for row in _rows() if route in ("", row.case.route) and difficulty in ("", row.case.difficulty)]
    shown = [row for row in rows if mark in ("", row.mark)]
    context = {
        "title": "Golden cases",
        "rows": shown,
        "measured": any(row.asked for row in rows),
        "marks": [(name, sum(row.mark == name for row in rows)) for name in (ALL_RIGHT, NONE_RIGHT)],
        "routes": ROUTES,
        "difficulties": list(Difficulty),
        "chosen": {"route": route, "difficulty": difficulty, "mark": mark},
        "digest": golden_set().digest[:16],
    }
    return _page(request, model_admin, "benchmark/golden_cases.html", context)


def case_view(request: HttpRequest, model_admin: "ModelAdmin[CaseResult]", case_id: str) -> HttpResponse:
    """Show all of one case, and what each model answered when it was last measured."""
    _require_view(request, model_admin)
    case = golden_set().by_id().get(case_id)
    if case is None:
        raise Http404(f"There is no golden case {case_id!r}.")
    results = _newest_results().filter(case_id=case_id).select_related("entry").defer("answer")
    context = {
        "title": case.title,
        "case": case,
        "label": DIFFICULTY_LABELS[case.difficulty],
        "check": check_words(case),
        "answer": right_answer(case.check),
        "results": results.order_by("entry__model", "repetition"),
    }
    return _page(request, model_admin, "benchmark/golden_case.html", context)


def check_words(case: GoldenCase) -> str:
    """Return what the case's check demands, in a sentence."""
    return " ".join((type(case.check).__doc__ or "").replace("`", "").split())


def _rows() -> Sequence[CaseRow]:
    results = _newest_results().order_by().values("case_id", "entry_id")
    per_entry = results.annotate(
        graded=Count("pk", filter=Q(verdict__in=GRADED)), right=Count("pk", filter=Q(verdict=Verdict.CORRECT))
    )
    tallies: dict[str, list[bool]] = {}
    for row in per_entry.filter(graded__gt=0):
        tallies.setdefault(row["case_id"], []).append(row["right"] == row["graded"])
    cases = sorted(golden_set().cases, key=lambda case: (ROUTES.index(case.route), case.id))
    return [_row(case, tallies.get(case.id, ())) for case in cases]


def _row(case: GoldenCase, right: Iterable[bool]) -> CaseRow:
    verdicts = list(right)
    return CaseRow(case, DIFFICULTY_LABELS[case.difficulty], len(verdicts), sum(verdicts))


def _newest_results() -> "QuerySet[CaseResult]":
    """Return the results of each model's newest measurement on exactly today's cases."""
    ready = RunEntry.objects.filter(state=EntryState.READY, run__golden_digest=golden_set().digest)
    newest = ready.order_by().values("model", "reasoning_effort").annotate(newest=Max("pk")).values("newest")
    return CaseResult.objects.filter(entry__in=newest, state=ResultState.DONE)


def _require_view(request: HttpRequest, model_admin: "ModelAdmin[CaseResult]") -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _page(
    request: HttpRequest, model_admin: "ModelAdmin[CaseResult]", template: str, context: dict[str, Any]
) -> HttpResponse:
    return TemplateResponse(request, template, {**model_admin.admin_site.each_context(request), **context})
