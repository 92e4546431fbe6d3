from django.apps import AppConfig


class AdminkitConfig(AppConfig):
    name = "adminkit"
    verbose_name = "后台"
