"""A simulated gateway for tests in process: served over real HTTP by a thread, its state at hand."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from benchmark.simulation.fault import Fault
from benchmark.simulation.gateway import SimulatedGateway, serve


class ServedGateway(SimulatedGateway):
    """A gateway whose faults a test sets, and its address."""

    url: str = ""

    def fail(self, kind: str, **fields: object) -> None:
        """Add a fault to those that are due."""
        self.faults = [*self.faults, Fault.parse({"kind": kind, **fields})]


@contextmanager
def served_gateway(seed: str = "7", latency_s: float = 0.0) -> Iterator[ServedGateway]:
    """Yield a gateway that answers on a free port of 127.0.0.1, and stop it at the end."""
    gateway = ServedGateway(seed, latency_s)
    ports: SimpleQueue[int] = SimpleQueue()
    loop = asyncio.new_event_loop()
    served = loop.create_task(serve(gateway, 0, ports.put))
    thread = threading.Thread(target=_run, args=(loop, served), daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{ports.get(timeout=10)}/v1"
    try:
        yield gateway
    finally:
        loop.call_soon_threadsafe(served.cancel)
        thread.join(timeout=10)


def _run(loop: asyncio.AbstractEventLoop, served: "asyncio.Task[None]") -> None:
    try:
        loop.run_until_complete(asyncio.wait([served]))
    finally:
        loop.close()
