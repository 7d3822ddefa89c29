"""Every URL of the platform."""

from django.contrib import admin
from django.urls import include, path

from .health import health

urlpatterns = [path("admin/", admin.site.urls), path("healthz", health), path("", include("channels.urls"))]
