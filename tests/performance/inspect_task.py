"""Asks a file of prompts through Inspect AI: INSPECT_TASK PROMPTS BASE_URL CONCURRENCY. Runs in an environment of its own."""

import json
import resource
import sys
import time
from pathlib import Path

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


def main(prompts: str, base_url: str, concurrency: int) -> None:
    rows = json.loads(Path(prompts).read_text())
    samples = [
        Sample(
            input=[ChatMessageSystem(content=row["system"]), ChatMessageUser(content=row["input"])],
            target=row["target"],
        )
        for row in rows
    ]
    model = get_model("openai-api/local/acme/000", base_url=base_url, api_key="none")
    task = Task(dataset=samples, solver=generate(), scorer=includes())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    (log,) = eval(
        task, model=model, max_connections=concurrency, max_samples=concurrency, max_tokens=2000, display="none"
    )
    wall_s = time.perf_counter() - started
    assert log.status == "success", log.error
    print(json.dumps({"wall_s": wall_s, "startup_cpu_s": usage.ru_utime + usage.ru_stime}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
