"""What a person sets for themselves."""

from django.urls import path

from tenants.views import preferences

urlpatterns = [path("preferences/", preferences, name="preferences")]
