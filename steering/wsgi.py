"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from . import tracing
from .services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
ensure_services()
tracing.start()
application = get_wsgi_application()
