"""manage.py simulate_gateway: a gateway on loopback whose answers are made up from a seed."""

import asyncio
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benchmark.simulation.gateway import SimulatedGateway, serve


class Command(BaseCommand):
    help = "Serve a simulated gateway on 127.0.0.1 until interrupted. Its answers are made up; it costs nothing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True, help="0: a free one.")
        parser.add_argument("--seed", default="1", help="Decides every answer.")
        parser.add_argument("--latency-ms", type=float, default=0.0, help="Wait this long before each answer.")
        parser.add_argument("--json", action="store_true", help="Print where it serves as JSON, for machines.")

    def handle(self, *args: Any, **options: Any) -> None:
        def on_ready(port: int) -> None:
            url = f"http://127.0.0.1:{port}/v1"
            text = f"Serving made-up answers. Set GATEWAY_BASE_URL={url} GATEWAY_SIMULATED={options['seed']}"
            self.stdout.write(json.dumps({"url": url}) if options["json"] else text)
            self.stdout.flush()

        gateway = SimulatedGateway(options["seed"], options["latency_ms"] / 1000)
        try:
            asyncio.run(serve(gateway, options["port"], on_ready))
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        except (OSError, OverflowError) as error:
            raise CommandError(f"Can't serve on port {options['port']}: {error}") from None
