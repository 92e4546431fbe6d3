from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "sample"
    verbose_name = "长椅"
    default_auto_field = "django.db.models.BigAutoField"
