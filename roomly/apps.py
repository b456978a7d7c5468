from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RoomlyConfig(AppConfig):
    name = "roomly"

    def ready(self) -> None:
        # Tasks are sent by name through Celery's current app, so every process must have made it.
        from roomly import celery  # noqa: F401, PLC0415  needs the settings


class RoomlyAdminConfig(AdminConfig):
    default_site = "roomly.admin.OperatorSite"
