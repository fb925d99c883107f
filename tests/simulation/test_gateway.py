"""The simulated gateway is deterministic, takes faults over HTTP, and counts what it is asked."""

from collections.abc import Iterator

import httpx
import pytest

from benchmark.golden.loader import golden_set
from benchmark.simulation.fault import Fault
from tests.deployment import wait_for
from tests.simulation.served import ServedGateway, served_gateway


@pytest.fixture
def gateway() -> Iterator[ServedGateway]:
    with served_gateway() as gateway:
        yield gateway


def complete(
    gateway: ServedGateway, model: str = "acme/one", prompt: str = golden_set().cases[0].prompt
) -> httpx.Response:
    payload = {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 100}
    return httpx.post(f"{gateway.url}/chat/completions", json=payload)


def test_the_same_question_has_the_same_answer_and_cost(gateway: ServedGateway) -> None:
    first, second = complete(gateway).json(), complete(gateway).json()

    assert first == second


def test_faults_befall_their_model_alone_and_as_often_as_told(gateway: ServedGateway) -> None:
    root = gateway.url.removesuffix("/v1")
    httpx.put(f"{root}/simulation/faults", json=[{"kind": "status", "status": 503, "model": "acme/bad", "times": 1}])

    statuses = [complete(gateway, model).status_code for model in ("acme/one", "acme/bad", "acme/bad")]

    assert statuses == [200, 503, 200]


def test_an_unknown_fault_is_refused(gateway: ServedGateway) -> None:
    root = gateway.url.removesuffix("/v1")

    assert httpx.put(f"{root}/simulation/faults", json=[{"kind": "meteor"}]).status_code == 400
    assert httpx.put(f"{root}/simulation/faults", json=[{"kind": "hang", "colour": "red"}]).status_code == 400


def test_requests_are_counted_per_model(gateway: ServedGateway) -> None:
    for model in ("acme/one", "acme/one", "acme/two"):
        complete(gateway, model)

    stats = httpx.get(f"{gateway.url.removesuffix('/v1')}/simulation/stats").json()

    assert stats["requests"] == 3
    assert stats["asked"] == {"acme/one": 2, "acme/two": 1}
    assert stats["in_flight"] == 0


def test_a_call_that_is_hung_up_on_is_over(gateway: ServedGateway) -> None:
    gateway.fail("hang", times=1)
    payload = {"model": "acme/one", "messages": [{"role": "user", "content": "?"}], "max_tokens": 100}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{gateway.url}/chat/completions", json=payload, timeout=0.2)

    assert wait_for(lambda: gateway.in_flight == 0, seconds=5)


def test_a_fault_without_a_number_lasts() -> None:
    fault = Fault.parse({"kind": "hang"})

    assert [fault.takes("a") for _ in range(3)] == [True, True, True]
