"""What the library answers to editors: the picker, uploads of several files, alternative texts, and the archive."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from campaigns import assets
from campaigns.admin.pages import asked_page, back, note, require
from campaigns.assets.sources import LARGEST_VIDEO
from campaigns.content_error import ContentError
from campaigns.models import Asset, AssetKind
from campaigns.numbers import LARGEST

PER_PAGE = 24
THUMBNAIL = (320, 240)


def as_json(asset: Asset) -> dict[str, Any]:
    """What the docstring of campaigns.assets promises to editors."""
    return {
        "id": asset.pk,
        "source": asset.source,
        "kind": asset.kind,
        "name": asset.name,
        "alt": asset.alternative_texts,
        "missing": asset.missing_languages,
        "width": asset.width,
        "height": asset.height,
        "seconds": asset.seconds,
        "focal": [asset.focal_x, asset.focal_y],
        "credit": asset.credit,
        "url": f"/{asset.source}",
        "thumbnail": thumbnail(asset),
        "change_url": reverse("admin:campaigns_asset_change", args=[asset.pk]),
    }


def thumbnail(asset: Asset) -> str:
    """Empty for a video, and for a picture whose file is lost."""
    if asset.kind == AssetKind.VIDEO:
        return ""
    try:
        return f"/{assets.crop(asset.source, *THUMBNAIL)}"
    except ContentError:
        return ""


class AssetPages:
    """Mixed into the admin of assets."""

    def pages(self) -> tuple:
        return (
            ("pick/", "pick", require_GET(self.pick_view)),
            ("upload/", "upload", require_POST(self.upload_view)),
            ("<int:pk>/describe/", "describe", require_POST(self.describe_view)),
            ("<int:pk>/archive/", "archive", require_POST(self.archive_view)),
        )

    def pick_view(self, request: HttpRequest) -> HttpResponse:
        """GET /admin/campaigns/asset/pick/?q=garden&kind=image&page=1: campaigns.assets tells its answer's shape."""
        require(request, "campaigns.view_asset")
        page = asked_page(request)
        start = (page - 1) * PER_PAGE
        kind = AssetKind.VIDEO if request.GET.get("kind") == AssetKind.VIDEO else AssetKind.IMAGE
        found = list(assets.search(request.GET.get("q", ""), kind=kind)[start : start + PER_PAGE + 1])
        shown = [as_json(asset) for asset in found[:PER_PAGE]]
        return JsonResponse({"assets": shown, "page": page, "more": len(found) > PER_PAGE})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """POST /admin/campaigns/asset/upload/ with one or several `file`: each is kept or refused by itself."""
        require(request, "campaigns.add_asset")
        added, errors = [], []
        for file in request.FILES.getlist("file"):
            try:
                added.append(add(request, file))
            except ContentError as error:
                errors.append({"name": file.name, "error": f"It {error.reason}."})
        if not (added or errors):
            errors.append({"name": "", "error": "Choose at least one file."})
        if "next" in request.POST:
            return self._said(request, added, errors)
        answer = {"assets": [as_json(asset) for asset in added], "errors": errors}
        return JsonResponse(answer, status=200 if added else 400)

    def _said(self, request: HttpRequest, added: list[Asset], errors: list[dict[str, str]]) -> HttpResponse:
        if added:
            messages.success(request, f"{len(added)} kept. They can be used once their alternative texts are written.")
        for error in errors:
            messages.error(request, f"{error['name']}: {error['error']}" if error["name"] else error["error"])
        return back(request, "admin:campaigns_asset_changelist")

    def describe_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST /admin/campaigns/asset/7/describe/ with `alt_de`, `alt_en`."""
        require(request, "campaigns.change_asset")
        asset = _asset(pk)
        texts = {language: request.POST.get(f"alt_{language}", "") for language in settings.ASSET_LANGUAGES}
        try:
            assets.describe(asset, texts)
        except ContentError as error:
            return JsonResponse({"error": f"{error.path}: {error.reason}"}, status=400)
        note(request, asset, "Alternative texts written")
        return JsonResponse({"asset": as_json(asset)})

    def archive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Into the archive, or with `restore` out of it."""
        require(request, "campaigns.change_asset")
        asset, is_back = _asset(pk), "restore" in request.POST
        (assets.restore if is_back else assets.archive)(asset)
        note(request, asset, "Taken out of the archive" if is_back else "Archived")
        messages.success(request, "It can be used again." if is_back else "Archived: no content takes it any more.")
        return back(request, "admin:campaigns_asset_change", asset.pk)


def add(request: HttpRequest, file: UploadedFile) -> Asset:
    """Raises ContentError. What is too large for any asset is not read."""
    if file.size > LARGEST_VIDEO:
        raise ContentError("file", f"is larger than {LARGEST_VIDEO // 1024 // 1024} MB")
    return assets.add(file.read(), name=file.name or "", by=request.user)


def _asset(pk: int) -> Asset:
    return get_object_or_404(Asset, pk=min(pk, LARGEST))
