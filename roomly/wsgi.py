"""Pages and API under WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roomly.settings")
os.environ.setdefault("DATABASE_ROLE", "roomly_app")

application = get_wsgi_application()
