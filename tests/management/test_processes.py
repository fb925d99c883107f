"""What a command started ends with it, however it is ended."""

import os
import signal
import subprocess
import sys

import pytest

from tests.deployment import ROOT, wait_for
from tests.management.manage import manage

_STARTER = """
import signal, sys, time
import django
django.setup()
from benchmark.management.processes import interrupt_on_signals, started
signal.signal(signal.SIGINT, signal.SIG_IGN)
interrupt_on_signals()
with started([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
    print(child.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_command_started_is_stopped_when_it_is_told_to_end(number: signal.Signals) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert starter.stdout is not None
    child = int(starter.stdout.readline())

    starter.send_signal(number)

    starter.wait(timeout=20)
    starter.stdout.close()
    wait_for(lambda: not os.path.exists(f"/proc/{child}"), seconds=5, what="the end of what was started")


@pytest.mark.parametrize("port", ["0", "-5", "99999", "abc"])
def test_quickstart_refuses_what_is_no_port_before_it_does_anything(port: str) -> None:
    ended = manage("quickstart", f"--port={port}")

    assert ended.code == 2
    assert f"{port!r} is no port" in ended.error
