from django.apps import AppConfig


class BenchmarkConfig(AppConfig):
    name = "benchmark"
    verbose_name = "Autorouting"

    def ready(self) -> None:
        from benchmark import checks  # noqa: F401  (registers the system checks)
