from django.apps import AppConfig


class ConcernsConfig(AppConfig):
    name = "concerns"
    verbose_name = "诉求"

    def ready(self) -> None:
        from concerns.facts import concern_facts
        from concerns.kinds import SOURCE, ConcernKind
        from duties import kinds, sources

        sources.register(SOURCE, concern_facts)
        kinds.register(ConcernKind())
