"""Never auto-include this model: asked with a reason, one or many at a time, and taken back."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from benchmark.admin.confirmation import Confirmation
from benchmark.models.catalogue import MODEL_ID_LENGTH
from benchmark.models.deciders import DeciderExclusion

ADD, DELETE = "benchmark.add_deciderexclusion", "benchmark.delete_deciderexclusion"


class ModelsForm(forms.Form):
    """The models that are meant, as a JSON list of ids: hundreds of them are one field."""

    models = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_models(self) -> list[str]:
        try:
            ids = json.loads(self.cleaned_data["models"] or "[]")
        except (ValueError, RecursionError):
            raise ValidationError("The models must be a JSON list of ids.") from None
        if not isinstance(ids, list) or not ids:
            raise ValidationError("Choose at least one model.")
        if not all(isinstance(m, str) and 0 < len(m) <= MODEL_ID_LENGTH and "\0" not in m for m in ids):
            raise ValidationError(f"A model id is a text of at most {MODEL_ID_LENGTH} characters.")
        return ids


class ExclusionForm(ModelsForm):
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown beside each of them for as long as the exclusion stands.",
    )


def confirm_exclusion(request: HttpRequest, models: Iterable[str], form: ExclusionForm | None = None) -> HttpResponse:
    """Return the page that asks why the models shall be left out."""
    ids = list(models)
    many = f"{len(ids)} models" if len(ids) != 1 else ids[0]
    return Confirmation(
        title="Exclude from the effective set",
        question=f"{many} will not be measured or routed to as an auto decider, also after later syncs, until included "
        "again. A pinned model stays in.",
        details=tuple(ids[:40]) if len(ids) > 1 else (),
        submits={"Exclude": "_exclude"},
        cancel_url=reverse("admin:benchmark_autodecider_changelist"),
        action_url=reverse("admin:benchmark_autodecider_exclude"),
        form=form or ExclusionForm(initial={"models": json.dumps(ids)}),
    ).render(request)


def exclude_view(request: HttpRequest) -> HttpResponse:
    """Exclude the posted models; without a reason yet, ask for it."""
    _require(request, ADD)
    form = ExclusionForm(request.POST)
    if form.is_valid():
        exclude(request, form.cleaned_data["models"], form.cleaned_data["reason"])
    elif "models" in form.errors:
        messages.error(request, str(form.errors["models"][0]))
    else:
        is_first = "reason" not in request.POST
        return confirm_exclusion(request, form.cleaned_data["models"], None if is_first else form)
    return back_to_deciders()


def include_view(request: HttpRequest) -> HttpResponse:
    """Take back the posted models' exclusions."""
    _require(request, DELETE)
    form = ModelsForm(request.POST)
    if form.is_valid():
        include(request, form.cleaned_data["models"])
    else:
        messages.error(request, str(form.errors["models"][0]))
    return back_to_deciders()


def exclude(request: HttpRequest, ids: Iterable[str], reason: str) -> None:
    """Store the exclusions one by one, so that each is in the history; those that stand already stay as they are."""
    author = request.user if isinstance(request.user, User) else None
    with transaction.atomic():
        created = [
            DeciderExclusion.objects.get_or_create(model=model, defaults={"reason": reason, "author": author})[1]
            for model in ids
        ]
    before = len(created) - sum(created)
    messages.success(request, f"Excluded {sum(created)}." + (f" {before} were excluded before." if before else ""))


def include(request: HttpRequest, ids: Iterable[str]) -> None:
    """Remove the exclusions one by one, so that each removal is in the history."""
    with transaction.atomic():
        gone = [row.delete() for row in DeciderExclusion.objects.filter(model__in=list(ids))]
    messages.success(request, f"Included {len(gone)} again.")


def back_to_deciders() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:benchmark_autodecider_changelist"))


def _require(request: HttpRequest, permission: str) -> None:
    if request.method != "POST" or not request.user.has_perm(permission):
        raise PermissionDenied


@admin.register(DeciderExclusion)
class DeciderExclusionAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "reason", "author", "created_at")
    search_fields = ("model", "reason")
    list_select_related = ("author",)
    list_per_page = 50
    fields = ("model", "reason", "author", "created_at")
    readonly_fields = ("author", "created_at")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        if isinstance(obj, DeciderExclusion) and not change:
            obj.author = request.user  # type: ignore[assignment]  # staff are never anonymous
        super().save_model(request, obj, form, change)
