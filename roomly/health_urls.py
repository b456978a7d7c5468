"""For operators and robots."""

from django.urls import path

from roomly.health import healthz, readyz, robots

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("robots.txt", robots),
]
