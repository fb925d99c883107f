"""The cost feed: a gateway's model list with benchmark costs -> cost records, each model accepted or rejected."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from benchmark.domain.cost_record import CostRecord
from benchmark.sources.fetch import FetchError

T = TypeVar("T")

ID_LENGTH: Final = 255
_MAX_AMOUNT: Final = Decimal("1e9")
_REVISION: Final = re.compile(r"terminal-bench/terminal-bench@(\d{1,9})")


class MalformedModel(ValueError):
    """A model that can't be taken; `reason` is a slug."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedField(ValueError):
    """An optional field that can't be taken: the field is dropped, the model stays."""


@dataclass(slots=True)
class Feed:
    """A parsed feed: the records, the rejected models, and how often which malformed optional field was dropped."""

    records: list[CostRecord] = field(default_factory=list)
    rejections: list[dict[str, str]] = field(default_factory=list)
    dropped_fields: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        return len(self.records) + len(self.rejections)


def parse_feed(document: Any, source: str) -> Feed:
    """Return the feed in `document`. Raises FetchError when it is no `{"data": [Model, ...]}` with a usable model."""
    models = document.get("data") if isinstance(document, dict) else None
    if not isinstance(models, list):
        raise FetchError(f'{source}: must be {{"data": [...]}}; "data" is {_kind(models)}')
    feed, ids = Feed(), set[str]()
    for position, model in enumerate(models):
        try:
            record = _parse_model(model, feed.dropped_fields)
            if record.id in ids:
                raise MalformedModel("duplicate_id")
        except MalformedModel as error:
            feed.rejections.append({"id": _name_of(model, position), "reason": error.reason})
        else:
            ids.add(record.id)
            feed.records.append(record)
    if not feed.records:
        raise FetchError(f"{source}: holds no usable model ({len(models)} seen, {len(feed.rejections)} rejected)")
    return feed


def _parse_model(model: Any, dropped: Counter[str]) -> CostRecord:
    if not isinstance(model, dict):
        raise MalformedModel("not_an_object")
    model_id = parse_id(model.get("id"))
    pricing, architecture = _object(model, "pricing", dropped), _object(model, "architecture", dropped)
    evaluation = _evaluation(model, dropped)

    def take(owner: dict[str, Any], key: str, parse: Callable[[Any], T | None], label: str) -> T | None:
        return _take(owner, key, parse, label, dropped)

    return CostRecord(
        id=model_id,
        name=take(model, "name", _text, "name") or model_id,
        context_length=take(model, "context_length", _count, "context_length"),
        prompt_price_usd=take(pricing, "prompt", _price, "pricing.prompt"),
        completion_price_usd=take(pricing, "completion", _price, "pricing.completion"),
        cache_read_price_usd=take(pricing, "input_cache_read", _price, "pricing.input_cache_read"),
        input_modalities=take(architecture, "input_modalities", _words, "architecture.input_modalities"),
        output_modalities=take(architecture, "output_modalities", _words, "architecture.output_modalities"),
        supported_parameters=take(model, "supported_parameters", _words, "supported_parameters"),
        is_free=take(model, "isFree", _flag, "isFree"),
        has_auto_routing=model.get("autoRouting") is not None,
        score=take(evaluation, "overallScore", _amount, "terminalBench.overallScore"),
        avg_attempt_cost_usd=take(evaluation, "avgAttemptCostUsd", _amount, "terminalBench.avgAttemptCostUsd"),
    )


def parse_id(value: Any) -> str:
    """Return the model id `value`. Raises MalformedModel when it is no printable text of at most 255 characters."""
    if not isinstance(value, str) or not value.strip():
        raise MalformedModel("no_id")
    if len(value) > ID_LENGTH:
        raise MalformedModel("id_too_long")
    if value != value.strip() or not value.isprintable():
        raise MalformedModel("id_not_printable")
    return value


def _evaluation(model: dict[str, Any], dropped: Counter[str]) -> dict[str, Any]:
    """Return the terminal-bench figures: `terminalBench`, else the nested form's plain key, else its newest with a cost."""
    if isinstance(flat := _object(model, "terminalBench", dropped), dict) and flat:
        return flat
    kilo = _object(_object(model, "benchmarks", dropped), "kiloBench", dropped)
    evals = _object(kilo, "evals", dropped)
    if isinstance(plain := evals.get("terminal-bench"), dict):
        return plain
    revisions = {int(m[1]): evals[key] for key in evals if (m := _REVISION.fullmatch(key))}
    for revision in sorted(revisions, reverse=True):
        evaluation = revisions[revision]
        if isinstance(evaluation, dict) and _take(evaluation, "avgAttemptCostUsd", _amount, "", Counter()) is not None:
            return evaluation
    return {}


def _object(owner: dict[str, Any], key: str, dropped: Counter[str]) -> dict[str, Any]:
    return _take(owner, key, _mapping, key, dropped) or {}


def _take(
    owner: dict[str, Any], key: str, parse: Callable[[Any], T | None], label: str, dropped: Counter[str]
) -> T | None:
    """Return the parsed field; None when it is absent, null, or malformed (then it is counted in `dropped`)."""
    value = owner.get(key)
    if value is None:
        return None
    try:
        return parse(value)
    except MalformedField:
        dropped[label] += 1
        return None


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedField
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MalformedField
    return _storable(value.strip())[:255]


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**62:
        raise MalformedField
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MalformedField
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 200 or not all(isinstance(word, str) for word in value):
        raise MalformedField
    return tuple(_storable(word)[:100] for word in value)


def _amount(value: Any) -> Decimal:
    """A JSON number from 0 to 10^9, to 10 decimal places."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= _MAX_AMOUNT:
        raise MalformedField
    return Decimal(value).quantize(Decimal("1e-10"))


def _price(value: Any) -> Decimal | None:
    """A decimal text (or number) in USD per token, to 14 decimal places; "-1" means that nobody can know it: None."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise MalformedField
    try:
        price = Decimal(value)
    except ArithmeticError:
        raise MalformedField from None
    if not price.is_finite():
        raise MalformedField
    if price == -1:
        return None
    if not 0 <= price < 1000:
        raise MalformedField
    return price.quantize(Decimal("1e-14"))


def _name_of(model: Any, position: int) -> str:
    model_id = model.get("id") if isinstance(model, dict) else None
    return _storable(model_id[:100]) if isinstance(model_id, str) and model_id.strip() else f"(number {position + 1})"


def _storable(text: str) -> str:
    """Return `text` without what a database refuses: NUL, and halves of surrogate pairs."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "")


def _kind(value: Any) -> str:
    names: Iterable[tuple[type | tuple[type, ...], str]] = (
        (type(None), "missing or null"),
        (dict, "an object"),
        (str, "a text"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "no list")
