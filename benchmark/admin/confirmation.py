"""The page between a wish and its doing: what will happen, what it needs, and a form that POSTs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the page says. `submits` are its buttons: label -> the name that is posted with it.

    It posts to `action_url`, or to the address that it was asked for at.
    """

    title: str
    question: str
    submits: Mapping[str, str]
    cancel_url: str
    action_url: str = ""
    details: tuple[str, ...] = ()
    is_dangerous: bool = False
    form: forms.Form | None = None
    hidden: tuple[tuple[str, str], ...] = field(default=())

    def render(
        self, request: HttpRequest, template: str = "benchmark/confirm.html", context: Mapping[str, Any] | None = None
    ) -> TemplateResponse:
        """Return the page."""
        values = {**admin.site.each_context(request), "title": self.title, "content_title": self.title}
        return TemplateResponse(request, template, {**values, "confirmation": self, **(context or {})})
