from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "repairs"
    verbose_name = "维修"

    def ready(self) -> None:
        from duties import kinds, sources
        from repairs.choices import Source
        from repairs.facts import repair_facts
        from repairs.kinds import KINDS

        sources.register(Source.REPAIR, repair_facts)
        for kind in KINDS:
            kinds.register(kind)
