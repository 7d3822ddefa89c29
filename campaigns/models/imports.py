"""Saved import mappings and the record of every import."""

from django.conf import settings
from django.db import models


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers"
    EVENTS = "events"
    AREAS = "areas"
    STREETS = "streets"
    OPT_OUTS = "opt_outs", "opt-out list"


class ImportMapping(models.Model):
    """Which column of a file means what; saved by name. `definition` is validated by campaigns.importing.mapping."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, choices=ImportKind)
    definition = models.JSONField(default=dict)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One import of one file, with its progress and result."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused", "refused: nothing was imported"
        FAILED = "failed"

    mapping = models.ForeignKey(ImportMapping, on_delete=models.PROTECT, related_name="runs")
    file = models.FileField(upload_to="imports/", blank=True)
    file_name = models.CharField(max_length=255)
    is_dry_run = models.BooleanField(default=False, help_text="Check everything, import nothing")
    skips_bad_rows = models.BooleanField(
        default=False, help_text="Import the good rows; otherwise one bad row refuses the file"
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_bad = models.PositiveBigIntegerField(default=0)
    rows_created = models.PositiveBigIntegerField(default=0)
    rows_updated = models.PositiveBigIntegerField(default=0)
    error_report = models.FileField(
        upload_to="imports/", blank=True, help_text="Row, field and reason of every bad row"
    )
    message = models.TextField(blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"
