from django.apps import AppConfig


class GatheringsConfig(AppConfig):
    name = "gatherings"
    verbose_name = "活动与培训"

    def ready(self) -> None:
        from gatherings.facts import study_done, training_done
        from routines import sources
        from routines.choices import Matter

        sources.register(Matter.GROUP_TRAINING, training_done)
        sources.register(Matter.MEMBER_STUDY, study_done)
