"""The configuration's form: bounds that make sense, and nobody's change overwritten unseen."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from benchmark.models.config import BenchmarkConfig


class ConfigForm(forms.ModelForm):
    """`seen` is the version that the editor started from; `previewed` the bounds whose preview they were shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = version_of(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if (cleaned or {}).get("seen", "") != self.initial["seen"]:
            raise ValidationError(overtaken_by(self.instance), code="overtaken")
        return cleaned


def version_of(config: BenchmarkConfig) -> str:
    """Return a text that every save changes; empty while nothing was saved yet."""
    return "" if config.updated_at is None else config.updated_at.isoformat()


def overtaken_by(config: BenchmarkConfig) -> str:
    """Return who saved what in the meantime."""
    latest = BenchmarkConfig.history.first()
    if latest is None:
        return "The configuration was changed while you edited it. Open the page anew."
    changes = latest.diff_against(latest.prev_record).changes if latest.prev_record else []
    named = ", ".join(f"{change.field} from {change.old} to {change.new}" for change in changes[:6])
    return (
        f"{latest.history_user or 'Somebody'} saved the configuration at {latest.history_date:%H:%M:%S} UTC, after you "
        f"opened it{': ' + named if named else ''}. Nothing of yours was saved. Open the page anew to see it as it is."
    )


class BandForm(forms.Form):
    """The two bounds alone, as they are typed."""

    min_cost_usd = BenchmarkConfig._meta.get_field("min_cost_usd").formfield()
    max_cost_usd = BenchmarkConfig._meta.get_field("max_cost_usd").formfield()

    def applied_to(self, config: BenchmarkConfig) -> BenchmarkConfig:
        """Return `config` with the bounds, unsaved. Raises ValidationError when they are no band."""
        if not self.is_valid():
            raise ValidationError(self.errors)
        config.min_cost_usd, config.max_cost_usd = self.cleaned_data["min_cost_usd"], self.cleaned_data["max_cost_usd"]
        config.full_clean(validate_unique=False, validate_constraints=False)
        return config
