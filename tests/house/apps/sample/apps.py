from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "sample"
    verbose_name = "长椅"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sample.facts import bench_facts
        from sample.kinds import Look

        from duties import kinds, sources

        sources.register("benches", bench_facts)
        kinds.register(Look())
