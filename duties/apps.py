from django.apps import AppConfig
from django.core import checks


class DutiesConfig(AppConfig):
    name = "duties"
    verbose_name = "责任与升级"

    def ready(self) -> None:
        from duties.checks import check_kinds

        checks.register(check_kinds)
