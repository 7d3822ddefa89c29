"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from . import tracing
from .services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
ensure_services()
tracing.start()
application = get_wsgi_application()
resolve("/healthz")  # reads all addresses and their views now, so that nobody's first request waits for it

from channels import front  # noqa: E402 - once Django is set up

application.at_once = front.at_once  # what the web server may ask for many requests together
