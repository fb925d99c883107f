"""How close the run engine comes to the ideal, side by side with Inspect AI on the same gateway in the same call.

    .venv/bin/python -m tests.performance.engine --models 9 --latency-ms 50 --concurrency 64 --inspect PYTHON

runs N models against a simulated gateway that waits L before each answer, with C calls in flight, everything on: claims,
leases, grading, database writes. Ideal time is calls x L / C. PYTHON is the interpreter of an environment in which
`inspect_ai` and `openai` are installed (an environment of its own: it needs other versions of what this project uses).
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from benchmark.golden.loader import golden_set
from tests.deployment import ROOT, Deployment, deployed

INSPECT_TASK = ROOT / "tests" / "performance" / "inspect_task.py"


@dataclass
class Figures:
    """What one engine took: wall and CPU time in seconds, peak memory in MiB."""

    name: str
    calls: int
    wall_s: float
    cpu_s: float
    peak_mib: float

    def line(self, ideal_s: float) -> str:
        return (
            f"{self.name:12} {self.calls:6} calls  {self.wall_s:8.2f} s wall  {self.wall_s / ideal_s:6.2f} x ideal  "
            f"{1000 * self.cpu_s / self.calls:6.2f} ms CPU per call  {self.peak_mib:5.0f} MiB peak"
        )


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="ar") as folder:
        url = options.database_url or f"sqlite:///{folder}/db.sqlite3"
        with deployed(Path(folder), url) as deployment:
            ours = measure_engine(deployment, options)
            ideal_s = ours.calls * options.latency_ms / 1000 / options.concurrency
            print(f"{options.models} models, {options.latency_ms:g} ms latency, {options.concurrency} in flight")
            print(f"ideal        {ours.calls:6} calls  {ideal_s:8.2f} s wall")
            print(ours.line(ideal_s or 1e9))
            if options.inspect:
                theirs = measure_inspect(deployment, options)
                print(theirs.line(ideal_s))
                print(f"Inspect AI takes {theirs.wall_s / ours.wall_s:.1f} times as long.")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=9)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--database-url", help="By default SQLite in a temporary folder.")
    parser.add_argument("--inspect", metavar="PYTHON", help="Also run Inspect AI, with this interpreter.")
    return parser.parse_args()


def measure_engine(deployment: Deployment, options: argparse.Namespace) -> Figures:
    """Run the benchmark on one worker and return its figures, from the run's start to its end."""
    prepare(deployment, options, options.latency_ms)
    watched = psutil.Process(deployment.processes["worker"].pid)
    before = cpu_seconds(watched)
    run_id = deployment.manage("sync_deciders")["run_id"]
    peak = watch(
        watched, lambda: not deployment.rows(f"SELECT 1 FROM benchmark_run WHERE id={run_id} AND state<>'running'")
    )
    columns = "started_at, finished_at, state"
    started, finished, state = deployment.rows(f"SELECT {columns} FROM benchmark_run WHERE id = {run_id}")[0]
    assert state == "completed", state
    calls = deployment.gateway_stats()["requests"]
    return Figures("autorouting", calls, seconds_between(started, finished), cpu_seconds(watched) - before, peak)


def prepare(deployment: Deployment, options: argparse.Namespace, latency_ms: float) -> None:
    """Start gateway and worker, and import a feed of so many models."""
    write_feed(deployment.folder / "feed.json", options.models)
    deployment.start_gateway(latency_ms=latency_ms)
    deployment.settings["LANE_LEASE_SECONDS"] = "60"
    deployment.manage("import_catalogue", str(deployment.folder / "feed.json"))
    sizes = ["--max-concurrency", str(options.concurrency), "--repetitions", str(options.repetitions)]
    deployment.manage("configure", *sizes, "--max-run-cost", "none", "--max-daily-cost", "none")
    deployment.start_worker(concurrency=2)
    time.sleep(4)


def measure_inspect(deployment: Deployment, options: argparse.Namespace) -> Figures:
    """Ask the same prompts through Inspect AI and return its figures."""
    prompts = deployment.folder / "prompts.json"
    samples = [{"input": case.prompt, "target": case.id, "system": case.system_prompt} for case in golden_set().cases]
    prompts.write_text(json.dumps(samples * options.models * options.repetitions))
    before = deployment.gateway_stats()["requests"]
    command = [
        options.inspect,
        str(INSPECT_TASK),
        str(prompts),
        f"{deployment.gateway_url}/v1",
        str(options.concurrency),
    ]
    process = subprocess.Popen(command, cwd=deployment.folder, stdout=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    usage: dict[str, float] = {"cpu": 0.0}

    def goes_on() -> bool:
        usage["cpu"] = max(usage["cpu"], cpu_seconds(watched))
        return process.poll() is None

    peak = watch(watched, goes_on)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    result = json.loads(output.strip().splitlines()[-1])
    calls = deployment.gateway_stats()["requests"] - before
    return Figures("Inspect AI", calls, result["wall_s"], usage["cpu"] - result["startup_cpu_s"], peak)


def write_feed(path: Path, models: int) -> None:
    pricing = {"prompt": "0.000001", "completion": "0.000004"}
    bench = {"overallScore": 0.5, "avgAttemptCostUsd": 20}
    rows = [{"id": f"acme/{i:03}", "name": f"{i}", "pricing": pricing, "terminalBench": bench} for i in range(models)]
    path.write_text(json.dumps({"data": rows}))


def watch(process: psutil.Process, goes_on: Any) -> float:
    """Return the peak memory in MiB of the process's largest member, looked at while `goes_on`."""
    peak = 0
    while goes_on():
        for member in family(process):
            try:
                peak = max(peak, member.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.25)
    return peak / 2**20


def cpu_seconds(process: psutil.Process) -> float:
    total = 0.0
    for member in family(process):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def seconds_between(started: Any, finished: Any) -> float:
    """Return the seconds between two times, as PostgreSQL gives them or as SQLite's text."""
    moments = [m if isinstance(m, datetime) else datetime.fromisoformat(m) for m in (started, finished)]
    return (moments[1] - moments[0]).total_seconds()


if __name__ == "__main__":
    main()
