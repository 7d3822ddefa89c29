"""Assets: pictures and videos that contents show, uploaded once."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

SHARE = [MinValueValidator(0), MaxValueValidator(1)]


class AssetKind(models.TextChoices):
    IMAGE = "image", "image"
    VIDEO = "video", "video"


class AssetQuerySet(models.QuerySet["Asset"]):
    def current(self) -> "AssetQuerySet":
        return self.filter(archived_at=None)

    def ready(self) -> "AssetQuerySet":
        """Those that contents may take: not archived, and with an alternative text in every language."""
        return self.current().filter(alternative_texts__has_keys=settings.ASSET_LANGUAGES)


class Asset(models.Model):
    """A file whose name never changes its meaning, and what people know about it. Written by campaigns.assets."""

    kind = models.CharField(max_length=10, choices=AssetKind)
    source = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=120)
    alternative_texts = models.JSONField(default=dict, blank=True)  # by language; what is empty is not there
    focal_x = models.FloatField(default=0.5, validators=SHARE)  # of the width, from the left
    focal_y = models.FloatField(default=0.5, validators=SHARE)  # of the height, from the top
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()  # bytes
    media_type = models.CharField(max_length=40)
    seconds = models.FloatField(null=True, blank=True)  # of a video
    credit = models.CharField(max_length=200, blank=True, help_text="Who made it, as the licence wants it named")
    licence = models.CharField(max_length=200, blank=True, help_text="Where the right to use it comes from")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1), name="asset_focal_inside"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0, size__gt=0), name="asset_has_size"),
            models.CheckConstraint(
                condition=Q(kind="image", seconds=None) | Q(kind="video", seconds__gt=0), name="asset_video_lasts"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def missing_languages(self) -> list[str]:
        """In which an alternative text is still to be written."""
        return [language for language in settings.ASSET_LANGUAGES if not self.alternative_texts.get(language)]
