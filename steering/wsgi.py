"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from .services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
ensure_services()
application = get_wsgi_application()
