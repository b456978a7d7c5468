from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    name = "calendars"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        # Whoever deletes a channel's row has it stopped, in every process.
        from calendars import watch  # noqa: F401, PLC0415  needs the models
