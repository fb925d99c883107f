"""What staff do to runs. Each action has a page that says what will happen, and a form there that POSTs."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldBooleanWidget

from benchmark.admin import figures
from benchmark.admin.confirmation import Confirmation
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.models.config import BenchmarkConfig
from benchmark.models.progress import load_progress
from benchmark.models.run import EntryState, Run, RunPurpose, RunState
from benchmark.pipeline.errors import PipelineError
from benchmark.pipeline.estimate import Estimate
from benchmark.pipeline.finish_run import cancel_run
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.retry_run import retry_run
from benchmark.pipeline.start_run import Plan, plan_run, start_run

MOST_NAMED: Final = 40
RUNS_URL: Final = "admin:benchmark_run_changelist"
RUN_URL: Final = "admin:benchmark_run_change"


class WorstCaseForm(forms.Form):
    """Asked where the worst case of a run passes a cap."""

    accept_worst_case = forms.BooleanField(
        label="Start all the same",
        widget=UnfoldBooleanWidget,
        help_text="The cap holds: no call starts that could pass it.",
    )


class RunActions(ReadOnlyAdmin):
    """Start, run again, cancel: for those who may start runs, where the run's state allows it."""

    actions_list: tuple[str, ...] = ("start",)
    actions_detail: tuple[str, ...] = ("cancel", "retry", "again")

    def has_start_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.start_run")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Return the actions that the person may do and that the run's state allows."""
        run = self.get_object(request, str(object_id))
        allowed = super().get_actions_detail(request, object_id)
        return [one for one in allowed if run is not None and _is_open(one.action_name.rpartition("_")[2], run)]

    @action(description="Run now", permissions=["start_run"], icon="play_arrow", variant=ActionVariant.PRIMARY)
    def start(self, request: HttpRequest) -> HttpResponse:
        return self._start(request, force=False, back_url=reverse(RUNS_URL))

    @action(description="Run again, all anew", permissions=["start_run"], icon="restart_alt")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._start(request, force=True, back_url=reverse(RUN_URL, args=[self._run(request, object_id).pk]))

    @action(description="Cancel", permissions=["start_run"], icon="cancel", variant=ActionVariant.DANGER)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        run = self._run(request, object_id)
        url = reverse(RUN_URL, args=[run.pk])
        if request.method == "POST":
            if cancel_run(run.pk, timezone.now(), request.user.get_username()):
                messages.success(request, f"Run {run.pk} is cancelled. Calls in flight still end, and are charged.")
            else:
                messages.warning(request, f"Run {run.pk} had ended already. Nothing was cancelled.")
            return HttpResponseRedirect(url)
        progress = load_progress(run, timezone.now())
        return Confirmation(
            title=f"Cancel run {run.pk}?",
            question=(
                f"{progress.done} of {progress.total} answers are in and {figures.usd(progress.spent_usd)} is spent. "
                "Nothing more will be sent. Models that are measured already keep their measurement for later runs; "
                "no table is published."
            ),
            submits={"Cancel the run": "_cancel"},
            cancel_url=url,
            is_dangerous=True,
        ).render(request)

    @action(description="Retry failed", permissions=["start_run"], icon="replay", variant=ActionVariant.PRIMARY)
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        run = self._run(request, object_id)
        url = reverse(RUN_URL, args=[run.pk])
        if request.method == "POST":
            now, user = timezone.now(), request.user
            return _do(request, lambda: retry_run(run, now=now, started_by=user), url)  # type: ignore[arg-type]
        failed = run.entries.filter(state=EntryState.FAILED)
        number = failed.count()
        return Confirmation(
            title=f"Retry what failed in run {run.pk}?",
            question=(
                f"A new run asks again what {number} failed model{'s' if number > 1 else ''} did not answer, and carries "
                "over everything else that still holds. The caps hold as for any run."
            ),
            details=tuple(str(entry) for entry in failed[:MOST_NAMED]),
            submits={"Retry": "_retry"},
            cancel_url=url,
        ).render(request)

    def _run(self, request: HttpRequest, object_id: str) -> Run:
        run: Run | None = self.get_object(request, object_id)
        if run is None:
            raise Http404
        return run

    def _start(self, request: HttpRequest, *, force: bool, back_url: str) -> HttpResponse:
        """Start a run on POST; else, or when it is refused, show what it would measure and cost."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            plan = plan_run(BenchmarkConfig.load(), current_identity(), force=force)
        except PipelineError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back_url)
        form = _worst_case_form(request, plan.estimate)
        if request.method == "POST" and (form is None or form.is_valid()):
            purpose = RunPurpose.FORCED if force else RunPurpose.MANUAL
            return _do(
                request,
                lambda: start_run(
                    purpose,
                    now=timezone.now(),
                    force=force,
                    started_by=request.user,  # type: ignore[arg-type]  # admin_view lets nobody else in
                    accept_worst_case=form is not None,
                ),
                back_url,
            )
        return _start_page(plan, form, force=force, back_url=back_url).render(request)


def _is_open(name: str, run: Run) -> bool:
    """Return whether the run's state allows the action."""
    if name == "cancel":
        return run.is_running
    if name == "retry":
        return not run.is_running and run.entries.filter(state=EntryState.FAILED).exists()
    return not (name == "again" and run.is_running)


def _do(request: HttpRequest, start: Callable[[], Run], back_url: str) -> HttpResponse:
    """Start a run and go to its page; a refusal is told where the person came from."""
    try:
        run = start()
    except PipelineError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back_url)
    if run.state == RunState.COMPLETED:
        messages.success(request, f"Run {run.pk} is complete: every measurement still held, nothing was sent.")
    else:
        messages.success(request, f"Run {run.pk} started.")
    return HttpResponseRedirect(reverse(RUN_URL, args=[run.pk]))


def _worst_case_form(request: HttpRequest, estimate: Estimate) -> WorstCaseForm | None:
    """Return the form that asks to accept the worst case, where that passes a cap."""
    config = BenchmarkConfig.load()
    caps = [cap for cap in (config.max_run_cost_usd, config.max_daily_cost_usd) if cap is not None]
    if not caps or estimate.worst_usd <= min(caps):
        return None
    return WorstCaseForm(request.POST if request.method == "POST" else None)


def _start_page(plan: Plan, form: WorstCaseForm | None, *, force: bool, back_url: str) -> Confirmation:
    estimate, config = plan.estimate, BenchmarkConfig.load()
    measured = sum(entry.state == EntryState.MEASURING and plan.source_of(entry) is None for entry in plan.entries)
    carried = sum(plan.source_of(entry) is not None for entry in plan.entries)
    details = [
        f"{len(plan.entries)} deciders in the effective set",
        f"{carried} keep their measurement",
    ]
    if measured:
        details += [
            f"{measured} to measure in {estimate.calls:,} calls",
            f"about {figures.usd(estimate.median_usd)}",
            f"{figures.usd(estimate.worst_usd)} in the worst case",
        ]
    else:
        details.append("nothing to measure: the run is complete at once and costs nothing")
    if unmeasurable := len(plan.entries) - carried - measured:
        details.append(f"{unmeasurable} have no price and no waiver: they will fail")
    if config.max_run_cost_usd is not None:
        details.append(f"cap of one run: {figures.usd(config.max_run_cost_usd)}")
    if config.max_daily_cost_usd is not None:
        details.append(f"cap of one day: {figures.usd(config.max_daily_cost_usd)}")
    question = (
        "Every decider is measured anew, although measurements may still hold."
        if force
        else "What is not measured yet is measured; measurements that still hold are carried over and cost nothing."
    )
    if form is not None:
        question += " The worst case passes a cap: the run may stop measuring some models before their end."
    return Confirmation(
        title="Measure everything anew?" if force else "Start a run?",
        question=question,
        details=tuple(details),
        submits={"Start the run": "_start"},
        cancel_url=back_url,
        form=form,
    )
