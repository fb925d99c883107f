"""The cost feed: what is taken, which field is dropped, which model is rejected, and which document is no feed.

`openrouter_models.json` is a part of OpenRouter's public model list as the models.dev repository held it in May 2026 (MIT
licence): real prices, modalities and context lengths, without benchmark costs.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.cost_record import CostRecord
from benchmark.sources.cost_feed import Feed, parse_feed
from benchmark.sources.fetch import FetchError, parse_json

FULL: dict[str, Any] = {
    "id": "vendor/model",
    "name": "Vendor: Model",
    "context_length": 200_000,
    "pricing": {"prompt": "0.00000125", "completion": "0.00000375", "input_cache_read": "0.000000125"},
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "supported_parameters": ["tools", "reasoning"],
    "isFree": False,
    "terminalBench": {"overallScore": 0.54606742, "avgAttemptCostUsd": 20.6499772},
}


def feed_of(*models: Any) -> Feed:
    """Return the feed, read from JSON text as a real one is."""
    return parse_feed(parse_json(json.dumps({"data": models}).encode(), "feed"), "feed")


def record_of(model: dict[str, Any]) -> CostRecord:
    return feed_of({"id": "vendor/model", **model}).records[0]


def revisions(plain: Any = None, **by_number: Any) -> dict[str, Any]:
    """Return the nested form: the plain key's figures, and those of revisions r1, r2, ..."""
    evals = {f"terminal-bench/terminal-bench@{key.removeprefix('r')}": value for key, value in by_number.items()}
    return {"benchmarks": {"kiloBench": {"evals": evals | ({"terminal-bench": plain} if plain is not None else {})}}}


def test_a_full_model_is_taken_exactly() -> None:
    assert record_of(FULL) == CostRecord(
        id="vendor/model",
        name="Vendor: Model",
        context_length=200_000,
        prompt_price_usd=Decimal("0.00000125"),
        completion_price_usd=Decimal("0.00000375"),
        cache_read_price_usd=Decimal("0.000000125"),
        input_modalities=("text", "image"),
        output_modalities=("text",),
        supported_parameters=("tools", "reasoning"),
        is_free=False,
        score=Decimal("0.54606742"),
        avg_attempt_cost_usd=Decimal("20.6499772"),
    )


def test_an_id_alone_makes_a_model_and_the_rest_is_unknown() -> None:
    assert record_of({}) == CostRecord("vendor/model", "vendor/model")


def test_a_router_is_marked() -> None:
    assert record_of({"autoRouting": {"models": ["a/b"]}}).has_auto_routing
    assert not record_of({"autoRouting": None}).has_auto_routing


@pytest.mark.parametrize("cost", [0, 20, 12.5, 1e2, 20.6499772, 0.1])
def test_a_json_number_is_a_cost_with_its_exact_digits(cost: float) -> None:
    record = record_of({"terminalBench": {"overallScore": 0.5, "avgAttemptCostUsd": cost}})

    assert record.avg_attempt_cost_usd == Decimal(str(cost))


@pytest.mark.parametrize(
    "cost",
    [
        *("NaN", "Infinity", "-Infinity", "-1", "-0.0001", "true", "false"),
        *('"12.5"', '"NaN"', '"free"', "[]", "{}", "[20]"),
        *("1e10", "1e400", "1e99999999999999999999", "1" * 5000),
    ],
    ids=lambda cost: cost[:20],
)
def test_a_malformed_cost_is_dropped_and_counted_and_the_model_stays(cost: str) -> None:
    document = f'{{"data": [{{"id": "a/b", "terminalBench": {{"overallScore": 0.5, "avgAttemptCostUsd": {cost}}}}}]}}'

    feed = parse_feed(parse_json(document.encode(), "feed"), "feed")

    assert feed.records[0].avg_attempt_cost_usd is None
    assert feed.records[0].score == Decimal("0.5")
    assert feed.dropped_fields == {"terminalBench.avgAttemptCostUsd": 1}


def test_an_unknown_cost_is_not_malformed() -> None:
    feed = feed_of({"id": "a/b", "terminalBench": {"overallScore": 0.5, "avgAttemptCostUsd": None}})

    assert feed.records[0].avg_attempt_cost_usd is None
    assert not feed.dropped_fields


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"name": 5}, "name"),
        ({"name": "  "}, "name"),
        ({"context_length": "200000"}, "context_length"),
        ({"context_length": 0}, "context_length"),
        ({"context_length": True}, "context_length"),
        ({"context_length": 1.5}, "context_length"),
        ({"context_length": 2**62}, "context_length"),
        ({"pricing": "free"}, "pricing"),
        ({"pricing": {"prompt": "cheap"}}, "pricing.prompt"),
        ({"pricing": {"prompt": "NaN"}}, "pricing.prompt"),
        ({"pricing": {"prompt": "sNaN"}}, "pricing.prompt"),
        ({"pricing": {"completion": "Infinity"}}, "pricing.completion"),
        ({"pricing": {"completion": "-0.5"}}, "pricing.completion"),
        ({"pricing": {"completion": "-2"}}, "pricing.completion"),
        ({"pricing": {"completion": True}}, "pricing.completion"),
        ({"pricing": {"input_cache_read": "1000"}}, "pricing.input_cache_read"),
        ({"pricing": {"input_cache_read": ["0"]}}, "pricing.input_cache_read"),
        ({"architecture": []}, "architecture"),
        ({"architecture": {"input_modalities": "text"}}, "architecture.input_modalities"),
        ({"architecture": {"output_modalities": ["text", 5]}}, "architecture.output_modalities"),
        ({"supported_parameters": ["p"] * 201}, "supported_parameters"),
        ({"isFree": "yes"}, "isFree"),
        ({"isFree": 0}, "isFree"),
        ({"terminalBench": 20}, "terminalBench"),
        ({"terminalBench": {"overallScore": "0.5"}}, "terminalBench.overallScore"),
        ({"benchmarks": []}, "benchmarks"),
        ({"benchmarks": {"kiloBench": "x"}}, "kiloBench"),
        ({"benchmarks": {"kiloBench": {"evals": [1]}}}, "evals"),
    ],
)
def test_a_malformed_optional_field_costs_that_field_alone(fields: dict[str, Any], label: str) -> None:
    feed = feed_of({"id": "vendor/model", **fields})

    assert feed.records == [CostRecord("vendor/model", "vendor/model")]
    assert feed.dropped_fields == {label: 1}


def test_a_price_of_minus_1_is_unknown_and_not_malformed() -> None:
    feed = feed_of({"id": "a/b", "pricing": {"prompt": "-1", "completion": -1}})

    assert feed.records[0].prompt_price_usd is feed.records[0].completion_price_usd is None
    assert not feed.dropped_fields


@pytest.mark.parametrize(
    ("price", "usd"), [("0", "0"), ("0.0000000000000149", "0.00000000000001"), (0.5, "0.5"), (2, "2")]
)
def test_a_price_is_text_or_a_number_to_14_places(price: object, usd: str) -> None:
    assert record_of({"pricing": {"prompt": price}}).prompt_price_usd == Decimal(usd)


def test_the_nested_form_counts_like_the_flat_one() -> None:
    nested_form = record_of(revisions({"overallScore": 0.5, "nAttempts": None, "avgAttemptCostUsd": 20.5}))

    assert (nested_form.score, nested_form.avg_attempt_cost_usd) == (Decimal("0.5"), Decimal("20.5"))


def test_the_flat_form_wins_over_the_nested_one() -> None:
    both = {"terminalBench": {"avgAttemptCostUsd": 1}, **revisions({"avgAttemptCostUsd": 2})}

    assert record_of(both).avg_attempt_cost_usd == 1


def test_the_plain_key_wins_over_revisions() -> None:
    plain = {"overallScore": 0.1, "avgAttemptCostUsd": 1}

    assert record_of(revisions(plain, r9={"avgAttemptCostUsd": 9})).avg_attempt_cost_usd == 1


def test_without_a_plain_key_the_highest_revision_that_has_a_cost_counts() -> None:
    model = revisions(
        r2={"overallScore": 0.2, "avgAttemptCostUsd": 2},
        r10={"overallScore": 0.3, "avgAttemptCostUsd": 10},
        r11={"overallScore": 0.4, "avgAttemptCostUsd": None},
        r12={"overallScore": 0.5, "avgAttemptCostUsd": "12"},
        r13="soon",
    )

    record = record_of(model)

    assert (record.score, record.avg_attempt_cost_usd) == (Decimal("0.3"), Decimal(10))


def test_other_benchmarks_do_not_count() -> None:
    other = {"swe-bench": {"avgAttemptCostUsd": 5}, "terminal-bench/terminal-bench@x": {"avgAttemptCostUsd": 6}}

    assert record_of({"benchmarks": {"kiloBench": {"evals": other}}}).avg_attempt_cost_usd is None


@pytest.mark.parametrize(
    ("model", "name", "reason"),
    [
        ("text", "(number 2)", "not_an_object"),
        (None, "(number 2)", "not_an_object"),
        ([], "(number 2)", "not_an_object"),
        ({}, "(number 2)", "no_id"),
        ({"id": None}, "(number 2)", "no_id"),
        ({"id": 5}, "(number 2)", "no_id"),
        ({"id": "  "}, "(number 2)", "no_id"),
        ({"id": "x" * 10_000}, "x" * 100, "id_too_long"),
        ({"id": "x" * 256}, "x" * 100, "id_too_long"),
        ({"id": " a/b"}, " a/b", "id_not_printable"),
        ({"id": "a\x00b"}, "ab", "id_not_printable"),
        ({"id": "a\nb"}, "a\nb", "id_not_printable"),
        ({"id": "a\ud800b"}, "ab", "id_not_printable"),
        ({"id": "good/model"}, "good/model", "duplicate_id"),
    ],
)
def test_a_malformed_model_is_rejected_with_a_reason_and_the_others_stay(model: Any, name: str, reason: str) -> None:
    feed = feed_of({"id": "good/model"}, model, {"id": "another/model"})

    assert [record.id for record in feed.records] == ["good/model", "another/model"]
    assert feed.rejections == [{"id": name, "reason": reason}]
    assert feed.seen == 3


def test_of_duplicate_ids_the_first_counts() -> None:
    feed = feed_of({"id": "a/b", "name": "first"}, {"id": "a/b", "name": "second"})

    assert [record.name for record in feed.records] == ["first"]


def test_an_id_of_255_characters_is_taken() -> None:
    assert record_of({"id": "x" * 255}).id == "x" * 255


def test_text_that_a_database_refuses_is_mended() -> None:
    record = record_of({"name": "a\x00b\ud800c", "supported_parameters": ["t\x00ools", "\udfff"]})

    assert record.name == "abc"
    assert record.supported_parameters == ("tools", "")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b'{"data": null}', '"data" is missing or null'),
        (b"{}", '"data" is missing or null'),
        (b"[]", '"data" is missing or null'),
        (b'{"data": {"id": "a/b"}}', '"data" is an object'),
        (b'{"data": "models"}', '"data" is a text'),
        (b'{"data": 5}', '"data" is no list'),
        (b'{"data": []}', "holds no usable model (0 seen, 0 rejected)"),
        (b'{"data": [{}, 5]}', "holds no usable model (2 seen, 2 rejected)"),
    ],
)
def test_a_document_that_is_no_feed_is_refused_as_a_whole(document: bytes, said: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse_feed(parse_json(document, "feed"), "feed")

    assert str(refused.value).startswith("feed: ")
    assert said in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(fields=st.dictionaries(st.sampled_from(sorted({*FULL, "benchmarks", "autoRouting"} - {"id"})), json_values))
def test_no_field_can_harm_more_than_itself(fields: dict[str, Any]) -> None:
    assert record_of(fields).id == "vendor/model"


def test_real_entries_are_all_taken() -> None:
    body = Path(__file__).with_name("openrouter_models.json").read_bytes()

    feed = parse_feed(parse_json(body, "sample"), "sample")

    by_id = {record.id: record for record in feed.records}
    assert len(by_id) == 15
    assert not feed.rejections
    assert not feed.dropped_fields
    assert by_id["openrouter/pareto-code"].prompt_price_usd is None
    assert by_id["openrouter/pareto-code"].context_length == 2_000_000
    assert by_id["deepseek/deepseek-v4-flash:free"].prompt_price_usd == 0
    assert by_id["~openai/gpt-mini-latest"].cache_read_price_usd == Decimal("0.000000075")
    assert by_id["google/gemini-3.1-flash-lite"].input_modalities == ("text", "image", "video", "file", "audio")
    assert all(record.avg_attempt_cost_usd is None for record in feed.records)
