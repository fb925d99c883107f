"""POST /api/decide: which model to use for a request, and why."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from pydantic import ValidationError
from pydantic_core import from_json

from benchmark.api.asked import DecideBatch, DecideRequest, UnknownRoute
from benchmark.api.explained import explanation
from benchmark.api.held import Snapshot
from benchmark.api.live_table import ServedTable, live_table
from benchmark.api.metrics import decisions_of
from benchmark.api.responses import error_answer, json_answer
from benchmark.api.tally import tally
from benchmark.domain.decision import Reason, decide
from benchmark.domain.taxonomy import ROUTES

NO_LIVE_TABLE = "no_live_table"


@require_POST
def decide_view(request: HttpRequest) -> HttpResponse:
    """Return the decision, or a batch's decisions in the order asked."""
    try:
        body = from_json(request.read(), allow_inf_nan=False)
    except ValueError as error:
        return error_answer(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}"[:200])
    is_batch = isinstance(body, dict) and "requests" in body
    routes: list[str] = []
    try:
        asked = DecideBatch.model_validate(body).requests if is_batch else [DecideRequest.model_validate(body)]
        for one in asked:
            routes.append(one.route_key())
    except ValidationError as error:
        return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, invalid(error))
    except UnknownRoute as error:
        place = f"requests.{len(routes)}: " if is_batch else ""
        return json_answer({"error": f"{place}{error}", "routes": ROUTES}, HTTPStatus.UNPROCESSABLE_ENTITY)
    snapshot = live_table.get()
    answers = [_answer(one, route, snapshot) for one, route in zip(asked, routes, strict=True)]
    tally.add(routes)
    return json_answer({"decisions": answers} if is_batch else answers[0], Cache_Control="no-store")


def invalid(error: ValidationError) -> str:
    """Return what is wrong with the body, without repeating what was sent."""
    problems = [
        f"{'.'.join(map(str, problem['loc'])) or 'the body'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return "; ".join(problems)[:500]


def _answer(asked: DecideRequest, route: str, snapshot: Snapshot[ServedTable]) -> dict[str, Any]:
    content, routing = snapshot.value.content, snapshot.value.routing
    answer: dict[str, Any] = {
        "decision": None,
        "reason": NO_LIVE_TABLE,
        "route": route,
        "tableVersion": None,
        "runId": None,
        "stale": snapshot.is_stale,
    }
    if content is None or routing is None:
        decisions_of(route, "", NO_LIVE_TABLE).inc()
        return answer
    ranked, request = routing.routes[route], asked.request()
    decision = decide(ranked, routing.policy, request)
    chosen = decision.chosen
    decisions_of(route, chosen.model if chosen else "", decision.reason.value).inc()
    answer |= {"reason": decision.reason.value, "tableVersion": routing.version, "runId": routing.run_id}
    published = content["routes"][route]
    if chosen is not None:
        place = {"rank": chosen.rank, "isSticky": decision.reason is Reason.STICKY}
        answer["decision"] = published[chosen.rank - 1] | place
    if asked.explain:
        answer["explanation"] = explanation(ranked, published, routing.policy, request, decision)
    return answer
