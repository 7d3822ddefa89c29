"""GET /media/…: uploaded images of contents, for mail programs and browsers. Their names never change meaning."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from campaigns import images
from campaigns.blocks import ContentError

TYPES = {"png": "image/png", "jpg": "image/jpeg"}


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def picture_view(request: HttpRequest, path: str) -> HttpResponse:
    """Nothing but PNG and JPEG below MEDIA_ROOT, whatever else may lie there."""
    try:
        data = images.read(f"media/{path}")
    except ContentError as error:
        raise Http404 from error
    return HttpResponse(data, content_type=TYPES[images.kind(data)])
