"""A gateway on loopback that speaks the real protocol over real HTTP. Its answers are made up (skill.py), from a seed.

`PUT /simulation/faults` takes a JSON list of faults (fault.py) that replaces the last one; `GET /simulation/stats` says
what was asked so far.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from benchmark.domain.golden_case import GoldenCase, right_answer
from benchmark.golden.loader import golden_set
from benchmark.simulation.fault import Fault
from benchmark.simulation.skill import Skill

WRONG_ANSWER: Final = "I do not know."
_HUGE: Final = 20 * 1024 * 1024


class SimulatedGateway:
    """The server's state: who is asked what, and which faults are due."""

    def __init__(self, seed: str = "1", latency_s: float = 0.0) -> None:
        self.skill = Skill(seed)
        self.latency_s = latency_s
        self.faults: list[Fault] = []
        self.asked: Counter[str] = Counter()
        self.charged_usd = Decimal(0)
        self.in_flight = 0
        self.max_in_flight = 0
        self._cases = {case.prompt: case for case in golden_set().cases}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/chat/completions"):
            return await self._complete(request)
        if request.path == "/simulation/stats":
            return web.json_response(self._stats())
        if request.path == "/simulation/faults" and request.method == "PUT":
            return await self._set_faults(request)
        return web.json_response({"error": {"code": 404, "message": f"no such path: {request.path}"}}, status=404)

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        payload = json.loads(await request.read())
        model = payload["model"]
        self.asked[model] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            fault = next((fault for fault in self.faults if fault.takes(model)), None)
            if fault is not None and fault.kind in _FAILURES:
                return await _FAILURES[fault.kind](fault, request)
            return _json_response(self._answer(model, payload, fault))
        finally:
            self.in_flight -= 1

    def _answer(self, model: str, payload: dict[str, Any], fault: Fault | None) -> bytes:
        prompt = payload["messages"][-1]["content"]
        case = self._cases.get(prompt)
        content: str | None = self._content(model, case) if case else WRONG_ANSWER
        prompt_tokens = len(prompt) // 4 + 40
        completion_tokens = min(payload["max_tokens"], 20 + int(400 * self.skill.draw("length", model, prompt)))
        cost = self._price_usd(model) * (prompt_tokens + 4 * completion_tokens)
        message: dict[str, Any] = {"role": "assistant"}
        served = model
        match fault.kind if fault else None:
            case "bad_text":
                content = "\x00\ud800"
            case "empty":
                content = ""
            case "reasoning_only":
                content, message["reasoning"] = None, "Let me think about this."
            case "other_model":
                served = "somebody/else"
            case "overcharge":
                cost *= fault.factor if fault else 1
        usage: dict[str, Any] = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": prompt_tokens // 4},
            "completion_tokens_details": {"reasoning_tokens": completion_tokens // 2 if "reasoning" in payload else 0},
        }
        if fault is None or fault.kind != "no_cost":
            usage["cost"] = float(cost)
            self.charged_usd += cost
        message["content"] = content
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        reply = {"id": "simulated", "model": served, "provider": "simulation", "choices": choices, "usage": usage}
        return json.dumps(reply).encode()

    def _content(self, model: str, case: GoldenCase) -> str:
        if not self.skill.answers_right(model, case):
            return WRONG_ANSWER
        answer = right_answer(case.check)
        style = self.skill.draw("style", model, case.id)
        if style < 0.7:
            return answer
        return f"```\n{answer}\n```" if style < 0.85 else f"The answer is:\n\n{answer}"

    def _price_usd(self, model: str) -> Decimal:
        """Return the made-up price of one prompt token: 0.1 to 2 USD per million."""
        return Decimal(round(10 + 190 * self.skill.draw("price", model))) / 100 / 10**6

    def _stats(self) -> dict[str, Any]:
        return {
            "requests": self.asked.total(),
            "asked": self.asked,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "charged_usd": str(self.charged_usd),
        }

    async def _set_faults(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            self.faults = [Fault.parse(fields) for fields in await request.json()]
        except (ValueError, TypeError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"faults": len(self.faults)})


async def serve(gateway: SimulatedGateway, port: int, on_ready: Callable[[int], None]) -> None:
    """Serve on 127.0.0.1 until cancelled; `on_ready` gets the port (a free one for port 0)."""
    server = web.Server(gateway.handle, access_log=None, handler_cancellation=True)  # a call hung up on is over
    runner = web.ServerRunner(server, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        on_ready(runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _json_response(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


async def _status(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    body = json.dumps({"error": {"code": fault.status, "message": f"simulated status {fault.status}"}})
    return _json_response(body.encode(), fault.status, headers)


async def _error_object(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    return _json_response(json.dumps({"error": {"code": fault.status, "message": "simulated error object"}}).encode())


async def _hang(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return _json_response(b"{}")


async def _reset(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return _json_response(b"{}")


async def _html(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")


async def _truncated(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    return _json_response(b'{"model": "x", "choices": [{"message": {"content": "4')


async def _huge(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    return _json_response(b'{"choices": [{"message": {"content": "' + b"x" * _HUGE + b'"}}]}')


async def _whitespace(fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(36_000):
        await response.write(b" \n")
        await asyncio.sleep(0.1)
    return response


_FAILURES: Final = {
    "status": _status,
    "error_object": _error_object,
    "hang": _hang,
    "reset": _reset,
    "html": _html,
    "truncated": _truncated,
    "huge": _huge,
    "whitespace": _whitespace,
}
