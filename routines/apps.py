from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "routines"
    verbose_name = "定期事项"

    def ready(self) -> None:
        from duties import kinds, sources
        from routines.choices import SOURCE
        from routines.facts import routine_facts
        from routines.kinds import KINDS

        sources.register(SOURCE, routine_facts)
        for kind in KINDS:
            kinds.register(kind)
