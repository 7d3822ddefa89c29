"""Every URL of the platform."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from .watching import views as watching

handler400 = "channels.api.unknown.unreadable"
handler404 = "channels.api.unknown.not_found"
handler500 = "channels.api.unknown.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", watching.health),
    path("health/live", watching.live),
    path("health/ready", watching.ready),
    path("health/detail", watching.detail),
    path("metrics", watching.metrics),
    path("", include("channels.urls")),
]
if settings.ANYMAIL.get("WEBHOOK_SECRET"):  # without one anybody could tell us anything
    urlpatterns.append(path("anymail/", include("anymail.urls")))
