"""Nothing lost, nothing doubled: real processes under faults, on SQLite and on PostgreSQL. Figures are printed at the end."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.deployment import ROOT, Deployment, wait_for
from tests.pipeline.fire import CASES, CONCURRENCY, WORKERS, Fire, survived

Note = Callable[[str], None]
START = ("run_deciders", "--force", "--yes")


@pytest.fixture(scope="module")
def _fire(lasting_deployment: Deployment) -> Fire:
    fire = Fire(lasting_deployment)
    fire.prepare()
    return fire


@pytest.fixture
def fire(_fire: Fire) -> Iterator[Fire]:
    """Yield the deployment that is under fire; a run that a failed test left behind is cancelled."""
    yield _fire
    if _fire.deployment.rows("SELECT 1 FROM benchmark_run WHERE state = 'running'"):
        _fire.deployment.manage("cancel_run", ok=False)


def test_a_worker_is_killed_three_times_in_one_run(fire: Fire, print_figures: Note) -> None:
    run_id, lost = fire.start(), 0

    for kill in range(3):
        fire.tend_until(run_id, random.uniform(0.05, 0.25) + 0.25 * kill)
        lost += fire.kill_busy_worker(run_id)

    fire.finish(run_id)
    survived(fire, run_id, "a worker killed 3 times", lost, print_figures)


def test_all_workers_are_killed_and_two_tends_at_once_go_on_later(fire: Fire, print_figures: Note) -> None:
    run_id = fire.start()
    fire.wait_until(run_id, 0.3)

    fire.kill_workers()
    done, lost = fire.done(run_id), fire.in_flight(run_id)
    fire.start_workers()

    fire.finish(run_id, tends=2)
    assert done < CASES
    survived(fire, run_id, "all workers killed, restarted, two tends at once", lost, print_figures)


def test_beat_is_killed(fire: Fire, print_figures: Note) -> None:
    fire.deployment.start_beat()
    log = fire.deployment.folder / "beat.log"
    wait_for(lambda: "beat: Starting" in log.read_text(), what="beat")
    run_id = fire.start()
    fire.wait_until(run_id, 0.2)

    fire.deployment.kill("beat")

    fire.deployment.wait_for_run(run_id)
    survived(fire, run_id, "beat killed", 0, print_figures)


def test_redis_is_flushed_stopped_and_restarted(fire: Fire, print_figures: Note) -> None:
    run_id = fire.start()
    fire.wait_until(run_id, 0.2)

    with fire.deployment.redis() as client:
        client.flushall()
    fire.deployment.kill("redis")
    fire.wait_until(run_id, 0.4)
    fire.deployment.start_redis()

    fire.finish(run_id)
    survived(fire, run_id, "Redis flushed, stopped and restarted", 0, print_figures)


def test_the_database_hangs_up_on_everyone_three_times(fire: Fire, print_figures: Note) -> None:
    run_id = fire.start()

    for time_of in (0.2, 0.4, 0.6):
        fire.wait_until(run_id, time_of)
        fire.hang_up_on_everyone()

    fire.finish(run_id)
    survived(fire, run_id, "the database hung up on everyone 3 times", 3 * CONCURRENCY, print_figures)


def test_two_start_at_once_and_every_message_is_delivered_twice(fire: Fire, print_figures: Note) -> None:
    fire.kill_workers()
    fire.asked_before = fire.deployment.gateway_stats()["requests"]
    command = [sys.executable, "manage.py", *START]
    starts = [
        subprocess.Popen(command, cwd=ROOT, env=fire.deployment.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    ends = [(start.communicate(timeout=60)[1].decode(), start.returncode) for start in starts]
    with fire.deployment.redis() as client:
        messages = client.lrange("celery", 0, -1)
        client.rpush("celery", *messages)
    fire.start_workers()

    run_id = fire.deployment.value("SELECT max(id) FROM benchmark_run")
    fire.finish(run_id, tends=2)
    assert sorted(code for _, code in ends) == [0, 3]
    assert next(said for said, code in ends if code == 3).startswith(f"CommandError: Run {run_id} is running.")
    assert len(messages) >= len(WORKERS)
    survived(fire, run_id, "two starts at once, every message twice", 0, print_figures)


def test_the_starting_process_dies_before_it_wakes_anybody(fire: Fire, print_figures: Note) -> None:
    fire.deployment.kill("redis")
    run_id = fire.start()
    fire.deployment.start_redis()

    fire.finish(run_id)
    survived(fire, run_id, "nobody told that the run started", 0, print_figures)


def test_staff_cancel_a_run_in_mid_flight(fire: Fire, print_figures: Note) -> None:
    charged = float(fire.deployment.gateway_stats()["charged_usd"])
    run_id = fire.start()
    fire.wait_until(run_id, 0.1)

    fire.deployment.operate("cancel_run")

    wait_for(lambda: set(fire.states(run_id)) == {"done", "skipped"}, what="the end of the calls in flight")
    time.sleep(0.5)
    states = fire.states(run_id)
    extra = fire.asked() - states["done"]
    kind = fire.deployment.database_url.partition(":")[0]
    print_figures(
        f"{kind:10} {'cancelled in mid-flight':58} {CASES} cases  {states['done']} results  {extra} extra requests"
    )
    assert fire.deployment.value(f"SELECT state FROM benchmark_run WHERE id = {run_id}") == "cancelled"
    assert sum(states.values()) == CASES
    assert extra == 0
    spent = float(fire.deployment.value(f"SELECT sum(spent_usd) FROM benchmark_runentry WHERE run_id = {run_id}"))
    assert spent == pytest.approx(float(fire.deployment.gateway_stats()["charged_usd"]) - charged)
