"""manage.py decider: pin, exclude and list the models that get measured."""

from difflib import get_close_matches
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Max

from benchmark.domain.deciders import ReasoningEffort
from benchmark.management.report import ReportCommand
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.deciders import (
    AutoDecider,
    DeciderExclusion,
    ManualDecider,
    PriceWaiver,
    load_effective_set,
)


class Command(ReportCommand):
    help = "Pin, exclude and list the models that get measured."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for action, text in _HELP.items():
            sub = actions.add_parser(action, help=text)
            super().add_arguments(sub)
            if action != "list":
                sub.add_argument("model")
            if action == "pin":
                sub.add_argument("--effort", choices=[e.value for e in ReasoningEffort], help="Reasoning effort.")
            if action == "exclude":
                sub.add_argument("--reason", required=True)

    def carry_out(self, **options: Any) -> dict[str, Any]:
        match options["action"]:
            case "pin":
                _pin(options["model"], options["effort"])
            case "unpin":
                _remove(ManualDecider, options["model"], "pinned")
            case "exclude":
                _exclude(options["model"], options["reason"])
            case "include":
                _remove(DeciderExclusion, options["model"], "excluded")
            case "waive-price":
                waiver = PriceWaiver.objects.filter(model=options["model"]).first() or PriceWaiver(
                    model=options["model"]
                )
                waiver.full_clean()
                waiver.save()
            case "require-price":
                _remove(PriceWaiver, options["model"], "waived")
        warning = _unknown(options["model"]) if options["action"] in {"pin", "waive-price"} else ""
        return _as_data() | ({"warning": warning} if warning else {})

    def describe(self, result: dict[str, Any]) -> str:
        lines = [f"{len(result['effective_set'])} in the effective set:"]
        for member in result["effective_set"]:
            cost = f"${member['avg_attempt_cost_usd']:.2f}" if member["avg_attempt_cost_usd"] is not None else "-"
            lines.append(f"  {member['kind']:6} {cost:>8}  {member['reasoning_effort'] or '-':8} {member['model']}")
        lines += [f"  excluded: {row['model']} ({row['reason']})" for row in result["exclusions"]]
        lines += [f"Warning: {result['warning']}"] if "warning" in result else []
        return "\n".join(lines)


_HELP = {
    "pin": "Always measure this model.",
    "unpin": "Take the pin back.",
    "exclude": "Never include this model automatically.",
    "include": "Take the exclusion back.",
    "waive-price": "Allow measuring this model although nobody knows its token prices.",
    "require-price": "Take the price waiver back.",
    "list": "Show the effective set and the exclusions.",
}


def _unknown(model: str) -> str:
    """Return what to say when the catalogue does not know the model, or nothing."""
    if CatalogueModel.objects.filter(model_id=model).exists():
        return ""
    similar = get_close_matches(model, CatalogueModel.objects.values_list("model_id", flat=True), n=3)
    hint = f" Similar: {', '.join(similar)}." if similar else ""
    return f"the catalogue knows no model {model!r}; the gateway will be asked for it all the same.{hint}"


def _pin(model: str, effort: str | None) -> None:
    last = ManualDecider.objects.aggregate(last=Max("position"))["last"]
    pinned = ManualDecider.objects.filter(model=model).first() or ManualDecider(
        model=model, position=0 if last is None else last + 1
    )
    pinned.reasoning_effort = effort
    pinned.full_clean()
    pinned.save()


def _exclude(model: str, reason: str) -> None:
    exclusion = DeciderExclusion.objects.filter(model=model).first() or DeciderExclusion(model=model)
    exclusion.reason = reason
    exclusion.full_clean()
    exclusion.save()


def _remove(kind: type[ManualDecider | DeciderExclusion | PriceWaiver], model: str, state: str) -> None:
    row = kind.objects.filter(model=model).first()
    if row is None:
        raise CommandError(f"{model[:100]!r} is not {state}.")
    row.delete()


def _as_data() -> dict[str, Any]:
    auto = set(AutoDecider.objects.values_list("model", flat=True))
    manual = set(ManualDecider.objects.values_list("model", flat=True))
    members = load_effective_set()
    known = CatalogueModel.objects.in_bulk([member.model for member in members], field_name="model_id")
    costs = {model: row.avg_attempt_cost_usd for model, row in known.items()}
    costs |= {member.model: member.avg_attempt_cost_usd for member in members if member.avg_attempt_cost_usd}
    return {
        "effective_set": [
            {
                "model": member.model,
                "kind": "manual" if member.model in manual else "auto",
                "reasoning_effort": member.reasoning_effort,
                "avg_attempt_cost_usd": None if (cost := costs.get(member.model)) is None else float(cost),
            }
            for member in members
        ],
        "exclusions": [
            {"model": row.model, "reason": row.reason, "is_synced": row.model in auto}
            for row in DeciderExclusion.objects.all()
        ],
    }
