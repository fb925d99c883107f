"""manage.py quickstart: the whole loop on this machine, with nothing to set up, on simulated answers."""

import os
import secrets
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from autorouting.embedded_redis import embedded_redis
from benchmark.management.processes import interrupt_on_signals, simulated_gateway, started, worker
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.config import BenchmarkConfig
from benchmark.models.deciders import PriceWaiver

SAMPLE_FEED = Path("benchmark", "sources", "sample_feed.json")
USER = "admin"


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535.")
    return int(text)


class Command(BaseCommand):
    help = "Run the whole loop once: sample feed, sync, benchmark against the simulated gateway, routing table."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="Go on with web server, worker and beat.")
        parser.add_argument("--port", type=_port, default=8000, help="The web server's port (with --serve).")
        parser.add_argument("--seed", default="1", help="Decides every simulated answer.")

    def handle(self, *args: Any, **options: Any) -> None:
        interrupt_on_signals()
        self._step("migrate", "--verbosity", "0")
        with ExitStack() as stack:
            stack.enter_context(embedded_redis())
            gateway = stack.enter_context(simulated_gateway(options["seed"]))
            self._step("import_catalogue", str(SAMPLE_FEED))
            self._configure()
            self._step("sync_deciders", "--wait", env=gateway)
            self._step("show_table")
            self._explain(options["port"])
            if options["serve"]:
                self._serve(options["port"], gateway)

    def _step(self, *command: str, env: dict[str, str] | None = None) -> None:
        """Run another of the project's commands, as a person would."""
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n$ manage.py {' '.join(command)}"))
        self.stdout.flush()
        arguments = [sys.executable, "manage.py", *command]
        if subprocess.run(arguments, cwd=settings.BASE_DIR, env={**os.environ, **(env or {})}).returncode:
            raise CommandError(f"`manage.py {command[0]}` failed; its message is above.")

    def _configure(self) -> None:
        """Save the default configuration, and waive the price of the models in its band: the sample has no prices."""
        config = BenchmarkConfig.load()
        config.save()
        for candidate in config.candidate_rule.candidates(CatalogueModel.objects.cost_records()):
            PriceWaiver.objects.get_or_create(model=candidate.id)
        self.stdout.write(
            f"\nConfiguration: models that cost {config}. The costs are real (Aider's polyglot benchmark, not "
            "terminal-bench); the sample names no token prices, so their models got a price waiver."
        )

    def _explain(self, port: int) -> None:
        password = secrets.token_urlsafe(12)
        users = get_user_model().objects
        if users.filter(username=USER).exists():
            login = f"user {USER} (made earlier; `manage.py changepassword {USER}` if the password is lost)"
        else:
            users.create_superuser(USER, password=password)
            login = f"user {USER}, password {password} (shown only now)"
        self.stdout.write(
            "\nThe ANSWERS WERE SIMULATED: costs in the catalogue are real, accuracies and case costs are made up.\n\n"
            f"Admin:        manage.py quickstart --serve, then http://127.0.0.1:{port}/admin/ with {login}\n"
            f'Router\'s API: curl -H "Authorization: Bearer $INTERNAL_API_SECRET" http://127.0.0.1:{port}/api/routing-table\n'
            "              (the secret is in .env)\n"
            "Real gateway: set GATEWAY_BASE_URL, GATEWAY_API_KEY and COST_FEED_URL in .env, then manage.py sync_deciders --wait"
        )

    def _serve(self, port: int, gateway: dict[str, str]) -> None:
        """Run web server, worker and beat until interrupted."""
        place = ["--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4"]
        web = ["granian", "--interface", "wsgi", *place, "autorouting.wsgi:application"]
        beat = ["celery", "-A", "autorouting", "--quiet", "beat", "--loglevel", "WARNING", "--pidfile", ""]
        with ExitStack() as stack:
            stack.enter_context(worker(gateway))
            stack.enter_context(started([sys.executable, "-m", *beat], gateway))
            server = stack.enter_context(started([sys.executable, "-m", *web], gateway))
            self.stdout.write(f"\nServing http://127.0.0.1:{port}/admin/ until interrupted (Ctrl-C).")
            self.stdout.flush()
            try:
                while server.poll() is None:
                    time.sleep(0.5)
            except KeyboardInterrupt:
                self.stdout.write("Stopping.")
                return
        raise CommandError(f"The web server ended; is port {port} taken?")
