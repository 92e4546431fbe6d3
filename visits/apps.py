from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = "走访与必到"

    def ready(self) -> None:
        from duties.choices import Source
        from duties.sources import register
        from visits.facts import care_facts, incident_facts

        register(Source.CARE, care_facts)
        register(Source.INCIDENT, incident_facts)
