"""A table in the forms that routers in use already read. Each names the version that it came from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import yaml

from benchmark.api.live_table import Rendering
from benchmark.domain.table_csv import table_csv

_LITELLM_HEAD: Final = """\
# LiteLLM proxy configuration made from Autorouting's table {version}
# (run {runId}, {generatedAt}, source: {source}).
# Ask for a route's name as the model. Where the best model fails, LiteLLM falls back to the next good enough one.
"""


def render(content: Mapping[str, Any], name: str) -> Rendering:
    """Return the table in the form called `name`, one of FORMATS."""
    return FORMATS[name](content)


def _as_csv(content: Mapping[str, Any]) -> Rendering:
    return Rendering.of(table_csv(content).encode(), "text/csv; charset=utf-8")


def _as_litellm(content: Mapping[str, Any]) -> Rendering:
    """One model group per route with its best model, one per model to fall back to, and the order of the fallbacks."""
    routes: Mapping[str, Sequence[Mapping[str, Any]]] = content["routes"]
    chains = {route: _chain(ranked) for route, ranked in routes.items()}
    spare = {_group(c): c for chain in chains.values() for c in chain[1:]}
    config = {
        "model_list": [
            *(_deployment(route, chain[0], content["version"]) for route, chain in chains.items()),
            *(_deployment(name, candidate, content["version"]) for name, candidate in sorted(spare.items())),
        ],
        "router_settings": {
            "fallbacks": [{route: [_group(c) for c in chain[1:]]} for route, chain in chains.items() if chain[1:]]
        },
    }
    body = _LITELLM_HEAD.format_map(content) + yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return Rendering.of(body.encode(), "application/yaml")


def _chain(ranked: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the good enough candidates in their order, or the best one where none is good enough."""
    return [candidate for candidate in ranked if candidate["meetsThreshold"]] or [ranked[0]]


def _group(candidate: Mapping[str, Any]) -> str:
    effort = candidate["reasoningEffort"]
    return f"{candidate['model']} ({effort})" if effort else str(candidate["model"])


def _deployment(group: str, candidate: Mapping[str, Any], version: str) -> dict[str, Any]:
    parameters = {
        # "openai/" makes LiteLLM speak to the gateway whatever vendor the model's id names.
        "model": f"openai/{candidate['model']}",
        "api_base": "os.environ/GATEWAY_BASE_URL",
        "api_key": "os.environ/GATEWAY_API_KEY",
    }
    if effort := candidate["reasoningEffort"]:
        parameters["reasoning_effort"] = effort
    return {"model_name": group, "litellm_params": parameters, "model_info": {"autorouting_table": version}}


FORMATS: Final[dict[str, Callable[[Mapping[str, Any]], Rendering]]] = {"csv": _as_csv, "litellm": _as_litellm}
