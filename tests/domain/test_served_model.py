import pytest

from benchmark.domain.served_model import is_same_model


@pytest.mark.parametrize(
    "served",
    ["acme/swift", "swift", "ACME/Swift", "acme/swift-2026-01-31", "swift:free", "swift-latest", "swift@20260131", ""],
)
def test_a_prefix_case_date_or_version_does_not_make_another_model(served: str) -> None:
    assert is_same_model("acme/swift", served)


@pytest.mark.parametrize("served", ["acme/swift-mini", "acme/steady", "acme/swift.1", "acme/swi"])
def test_another_name_is_another_model(served: str) -> None:
    assert not is_same_model("acme/swift", served)
