"""Print vendors, their jobs and the immutable files they pull. Job and item states: channels.print_jobs only."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from campaigns.models import DeliveryArea, Option, Wave

from .ledger import Dispatch


class LetterForm(models.TextChoices):
    """Of DIN 5008: where the address window is, and where to fold."""

    A = "A", "form A (window at 27 mm)"
    B = "B", "form B (window at 45 mm)"


class Edges(models.TextChoices):
    """What is printed beyond the edges of a sheet that will be cut."""

    NONE = "", "nothing"
    BLEED = "bleed", "3 mm of bleed"
    CROP_MARKS = "crop_marks", "3 mm of bleed, and crop marks"


class FileFormat(models.TextChoices):
    """Of the file with the rows of a job."""

    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON lines"
    XLSX = "xlsx", "Excel (XLSX)"
    XML = "xml", "XML"


class Vendor(models.Model):
    """A print partner."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField("short name", unique=True)
    processing_contract = models.CharField(
        max_length=120, blank=True, help_text="Reference of the data processing contract; without one no jobs are made"
    )
    is_active = models.BooleanField(default=True, help_text="Otherwise it gets no jobs, and its keys open nothing")
    requests_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="Of the vendor API; empty: as set for all vendors",
    )
    letter_form = models.CharField(
        max_length=1,
        choices=LetterForm,
        default=LetterForm.B,
        help_text="Of DIN 5008, as the vendor's envelopes need it",
    )
    letter_edges = models.CharField(
        max_length=10,
        choices=Edges,
        blank=True,
        default=Edges.NONE,
        help_text="Of letters; leaflets have 3 mm of bleed",
    )
    leaflet_edges = models.CharField(
        max_length=10, choices=[edge for edge in Edges.choices if edge[0]], default=Edges.BLEED
    )

    file_format = models.CharField(max_length=5, choices=FileFormat, default=FileFormat.CSV)
    csv_delimiter = models.CharField(
        max_length=1, choices=[(",", "comma"), (";", "semicolon"), ("\t", "tabulator"), ("|", "bar")], default=","
    )
    csv_quoting = models.CharField(
        max_length=7, choices=[("minimal", "where needed"), ("all", "every cell")], default="minimal"
    )
    file_encoding = models.CharField(
        max_length=12,
        choices=[("utf-8", "UTF-8"), ("windows-1252", "Windows-1252")],
        default="utf-8",
        help_text="Of CSV; what Windows-1252 lacks is replaced, and a report says where",
    )
    is_gzipped = models.BooleanField("compressed by gzip", default=False, help_text="The files with the rows")
    rows_per_file = models.PositiveIntegerField(default=50_000, validators=[MinValueValidator(1)])
    adds_seeds = models.BooleanField(
        "prints seed addresses", default=False, help_text="Ours, in every mailing; they are printed and paid"
    )
    gets_proof = models.BooleanField(
        "gets a proof",
        default=False,
        help_text="A small file and PDF to look at before production, beside each mailing",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class JobState(models.TextChoices):
    DRAFT = "draft", "gathering; not yet seen by its vendor"
    READY = "ready"
    DOWNLOADED = "downloaded"
    ACKNOWLEDGED = "acknowledged"
    IN_PRODUCTION = "in_production", "in production"
    PRINTED = "printed"
    POSTED = "posted"
    RECONCILED = "reconciled", "reconciled: every piece is accounted for"
    PURGED = "purged", "over, and our files are destroyed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired", "not in production by its cut-off"


class PrintJob(models.Model):
    """What one vendor prints for one wave and channel. A job belongs to exactly one vendor for its whole life."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="jobs")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="print_jobs")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=14, choices=JobState, default=JobState.READY)
    revision = models.PositiveIntegerField(
        default=1, help_text="Of its files; grows with every withdrawal before production"
    )
    acknowledged_revision = models.PositiveIntegerField(null=True, blank=True)
    pulled_revision = models.PositiveIntegerField(
        null=True, blank=True, help_text="The latest of which the vendor fetched a file"
    )
    cut_off_at = models.DateTimeField(null=True, blank=True, help_text="Production must have started by then")
    spec = models.JSONField(default=dict, blank=True, help_text="What was ordered, as the vendor's settings then were")
    gathered_at = models.DateTimeField(
        null=True, blank=True, help_text="When a draft took in its last row; then its files are written"
    )
    rows = models.PositiveIntegerField(default=0)
    reject_reason = models.CharField(max_length=200, blank=True)
    reject_details = models.JSONField(default=list, blank=True, help_text="Codes, with file and row where they apply")
    lease_holder = models.CharField(max_length=80, blank=True, help_text="The vendor's worker that has it")
    lease_token = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    posted_pieces = models.PositiveIntegerField(null=True, blank=True, help_text="So far")
    posted_at = models.DateTimeField(null=True, blank=True, help_text="The last of them")
    posting_receipt = models.CharField(max_length=80, blank=True, help_text="The carrier's number, of the last posting")
    postage_cents = models.PositiveBigIntegerField(null=True, blank=True, help_text="As the vendor paid it")
    renewed_until = models.DateTimeField(
        null=True, blank=True, help_text="Somebody makes its files anew, for other keys; nobody else begins before"
    )
    stale_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when its files hold letters that were withdrawn; they are written anew"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    state_changed_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now(), help_text="When anything last changed that a vendor sees")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
            models.UniqueConstraint(
                fields=["wave", "option", "vendor"],
                condition=models.Q(state="draft", gathered_at=None),
                name="one_draft_gathers",
            ),
        ]
        indexes = [
            # A vendor's listing, page by page.
            models.Index(fields=["vendor", "id"], name="job_of_vendor"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} of {self.vendor}"


class FileKind(models.TextChoices):
    TABLE = "table", "one row an item"
    LETTERS = "letters", "letters to print"
    LEAFLET = "leaflet", "a leaflet to print"
    TOTALS = "totals", "sums of an order"
    PROOF = "proof", "to look at before production"
    REPORT = "report", "what was replaced in a table"
    BUNDLES = "bundles", "how many letters are in which bundle"


class MailingFile(models.Model):
    """One immutable file of a job, as written and closed under PRINT_ROOT."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="files")
    revision = models.PositiveIntegerField()
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=80)
    path = models.CharField(max_length=255, help_text="Below PRINT_ROOT")
    kind = models.CharField(max_length=7, choices=FileKind, default=FileKind.TABLE)
    part = models.PositiveIntegerField(null=True, blank=True, help_text="Number of the PrintPart that it holds")
    schema_version = models.CharField(max_length=10, blank=True, help_text="Of a table")
    encryption = models.CharField(max_length=7, blank=True, help_text="age or openpgp; empty: none")
    recipients = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="Fingerprints of the keys that open it, sorted",
    )
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    plain_media_type = models.CharField(max_length=80, blank=True, help_text="Before compression and encryption")
    plain_bytes = models.PositiveBigIntegerField(default=0, help_text="The same")
    plain_sha256 = models.CharField(max_length=64, blank=True, help_text="The same")
    destroyed_at = models.DateTimeField(null=True, blank=True, help_text="The row stays as proof of what was destroyed")
    destroyed_because = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "revision", "name"], name="mailing_file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def plain_name(self) -> str:
        """Before compression and encryption."""
        name = self.name.rpartition(".")[0] if self.encryption else self.name
        return name.removesuffix(".gz")


class PrintItemState(models.TextChoices):
    PLANNED = "planned"
    WITHDRAWN = "withdrawn", "withdrawn in time"
    WITHDRAWN_TOO_LATE = "withdrawn_too_late", "withdrawn too late"
    PRODUCED = "produced"
    POSTED = "posted"
    DISTRIBUTED = "distributed", "delivered in its area"
    MOVED = "moved", "forwarded to a new address"
    RETURNED = "returned"
    DAMAGED = "damaged"


class PrintItem(models.Model):
    """One row of a job: a letter to a person, or an order for a delivery area."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="items")
    sequence = models.PositiveIntegerField(null=True, blank=True, help_text="Once the job is gathered and sorted")
    # The item outlives its dispatch: when a person is erased, the vendor still has to leave this letter out.
    dispatch = models.OneToOneField(
        Dispatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="print_item"
    )
    delivery_area = models.ForeignKey(DeliveryArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    wave = models.ForeignKey(
        Wave, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="Of an area"
    )
    is_seed = models.BooleanField(db_default=False, default=False, help_text="An address of our own")
    quantity = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=18, choices=PrintItemState, default=PrintItemState.PLANNED)
    reason = models.CharField(max_length=80, blank=True)
    state_changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "sequence"], name="print_item_sequence"),
            models.UniqueConstraint(fields=["wave", "delivery_area"], name="area_ordered_once_a_wave"),
            models.CheckConstraint(
                condition=models.Q(dispatch=None) | models.Q(delivery_area=None), name="print_item_letter_or_area"
            ),
            models.CheckConstraint(condition=models.Q(state__in=PrintItemState.values), name="print_item_state_known"),
        ]

    def __str__(self) -> str:
        return f"item {self.sequence} of job {self.job_id}"


class PrintReport(models.Model):
    """What a vendor said about one item; never changed. The item's state follows from all of its reports."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="reports", db_index=False)
    item = models.ForeignKey(PrintItem, on_delete=models.CASCADE, related_name="reports")
    event_id = models.CharField(max_length=80, help_text="The vendor's own; the same one is one report")
    state = models.CharField(max_length=18, choices=PrintItemState)
    reason = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200, blank=True, help_text="The carrier's own words; nothing personal")
    quantity = models.PositiveIntegerField(null=True, blank=True, help_text="Of an area: pieces distributed")
    week = models.CharField(max_length=8, blank=True, help_text="Of an area: ISO week, e.g. 2026-W48")
    reported_at = models.DateTimeField(help_text="When it happened, as the vendor says")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "event_id"], name="print_report_once")]

    def __str__(self) -> str:
        return f"{self.state}: item {self.item_id}"


class IdempotentAnswer(models.Model):
    """What a POST of a vendor was answered, given again when the same POST comes again."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=200, help_text="Method and path")
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_answer_age")]  # for forgetting old ones

    def __str__(self) -> str:
        return self.request
