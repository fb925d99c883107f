"""manage.py configure: show the configuration, or change parts of it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmark.management.report import BAD_USAGE, ReportCommand
from benchmark.models.config import BenchmarkConfig

_FIELDS = {
    "min_cost": "min_cost_usd",
    "max_cost": "max_cost_usd",
    "min_accuracy": "min_accuracy",
    "switch_cost_factor": "switch_cost_factor",
    "best_accuracy_switch_threshold": "best_accuracy_switch_threshold",
    "max_concurrency": "max_concurrency",
    "repetitions": "repetitions",
    "max_run_cost": "max_run_cost_usd",
    "max_daily_cost": "max_daily_cost_usd",
    "unpriced_call_reserve": "unpriced_call_reserve_usd",
    "stale_after_hours": "stale_after_hours",
}
_MAY_BE_EMPTY = ("max_run_cost", "max_daily_cost")
_MAX_WHOLE = 10**9  # far above any limit; beyond it, 1e999999999 would be written out digit by digit


class Command(ReportCommand):
    help = "Change the configuration; with no option, show it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for option, name in _FIELDS.items():
            extra = ' ("none": no cap)' if option in _MAY_BE_EMPTY else ""
            parser.add_argument(f"--{option.replace('_', '-')}", metavar="N", help=f"{name}{extra}")

    def carry_out(self, **options: Any) -> dict[str, Any]:
        config = BenchmarkConfig.load()
        given = {option: options[option] for option in _FIELDS if options[option] is not None}
        for option, text in given.items():
            setattr(config, _FIELDS[option], _parse(option, text))
        if given:
            config.full_clean()
            config.save()
        return {name: getattr(config, name) for name in _FIELDS.values()}

    def describe(self, result: dict[str, Any]) -> str:
        def shown(value: Any) -> str:
            return "none (no cap)" if value is None else f"{Decimal(value).normalize():f}"

        return "\n".join(f"{name:32} {shown(value)}" for name, value in result.items())


def _parse(option: str, text: str) -> Decimal | int | None:
    if option in _MAY_BE_EMPTY and text == "none":
        return None
    whole = option in ("max_concurrency", "repetitions", "stale_after_hours")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or (
        whole and not (-_MAX_WHOLE < value < _MAX_WHOLE and value == value.to_integral_value())
    ):
        kind = "a whole number" if whole else "a finite number"
        raise CommandError(f"--{option.replace('_', '-')}: {text[:60]!r} is not {kind}.", returncode=BAD_USAGE)
    return int(value) if whole else value
