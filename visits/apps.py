from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = "走访与必到"

    def ready(self) -> None:
        from duties import kinds, sources
        from visits.choices import Source
        from visits.facts import care_facts, incident_facts
        from visits.kinds import KINDS

        sources.register(Source.CARE, care_facts)
        sources.register(Source.INCIDENT, incident_facts)
        for kind in KINDS:
            kinds.register(kind)
