"""What a print job's files are made of, the parts in which they are written, and the keys to which they are encrypted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .ledger import Dispatch
from .print import PrintItem, PrintJob, Vendor


class PrintRow(models.Model):
    """What the vendor is told about one item, as it was when it was handed over; gone once the item is withdrawn."""

    item = models.OneToOneField(PrintItem, primary_key=True, on_delete=models.CASCADE, related_name="row")
    # So that the row is gone at the same moment as the person.
    dispatch = models.OneToOneField(Dispatch, null=True, blank=True, on_delete=models.CASCADE, related_name="print_row")
    variant = models.PositiveSmallIntegerField(default=0, help_text="Which of the option's contents")
    country = models.CharField(max_length=2)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=120)
    street = models.CharField(max_length=160)
    name = models.TextField()
    cells = ArrayField(models.TextField(), help_text="Of the columns of the job that are no places in its files")
    fields = models.JSONField(default=dict, help_text="What the letter's text needs")
    document = models.CharField(max_length=80, blank=True, help_text="The file with what is printed")
    first_page = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    bundle = models.PositiveIntegerField(null=True, blank=True, help_text="For bulk postage")
    depth = models.CharField(max_length=6, blank=True, db_default="", default="", help_text="Of the bundle, see Depth")
    container = models.PositiveIntegerField(null=True, blank=True, help_text="The same")

    def __str__(self) -> str:
        return f"row of item {self.item_id}"


class PrintPart(models.Model):
    """Sequences of a job that are written together; a part that has no `written_at` is written by whoever is free."""

    class Kind(models.TextChoices):
        LETTERS = "letters", "a bundle of letters"
        TABLE = "table", "a file of rows"

    job = models.ForeignKey(PrintJob, on_delete=models.CASCADE, related_name="parts", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    number = models.PositiveIntegerField(help_text="From 1, within job and kind")
    first = models.PositiveIntegerField(help_text="Sequence")
    last = models.PositiveIntegerField(help_text="Sequence")
    rows = models.PositiveIntegerField(default=0, help_text="That are in it as it was written")
    tries = models.PositiveSmallIntegerField(default=0)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "kind", "number"], name="print_part_once")]
        indexes = [
            # What is still to be written.
            models.Index(fields=["job"], condition=models.Q(written_at=None), name="print_part_to_write"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of job {self.job_id}"


class EncryptionKey(models.Model):
    """A public key of a vendor: its files are stored and served only encrypted to all of its keys that are in use."""

    class Kind(models.TextChoices):
        AGE = "age"
        OPENPGP = "openpgp", "OpenPGP"

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="encryption_keys")
    kind = models.CharField(max_length=7, choices=Kind, editable=False)
    public_key = models.TextField(help_text="age1..., or an OpenPGP public key block")
    fingerprint = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Not used afterwards; empty: until revoked")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        permissions = [("confirm_encryptionkey", "Can confirm the fingerprint of a vendor's key")]
        constraints = [models.UniqueConstraint(fields=["vendor", "fingerprint"], name="encryption_key_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} key {self.fingerprint[:16]} of {self.vendor}"


class PrintSeed(models.Model):
    """An address of our own: in every proof, and in the production of vendors that add seeds."""

    name = models.CharField(max_length=160)
    street = models.CharField(max_length=160, help_text="Street and house number")
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="DE", help_text="ISO 3166 code")
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "print seed address"
        verbose_name_plural = "print seed addresses"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"seed address {self.pk}"
