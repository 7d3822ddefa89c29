"""What vendors send, and what they are told."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone
from rest_framework import serializers

from campaigns.postal import ReturnReason

from ..models import JobState, MailingFile, PrintItem, PrintItemState, PrintJob, PrintPosting, PrintWithdrawal
from ..print_jobs import allowed, deletion, is_held, ordered
from ..print_jobs.reported import LONGEST, LONGEST_LINE, MOST, REPORTABLE, unlikely

MOST_ROWS = 1000  # of a JSON body
MOST_REVISION = 2**31 - 1
JOB_STATES = [choice for choice in JobState.choices if choice[0] != JobState.DRAFT]
PIECE_STATES = [(state.value, state.label) for state in REPORTABLE]


class LeaseSerializer(serializers.Serializer):
    """Who has a job."""

    holder = serializers.CharField()
    until = serializers.DateTimeField()


class JobSerializer(serializers.ModelSerializer):
    """`allowed` names the steps that can be taken now."""

    wave = serializers.IntegerField(source="wave_id", read_only=True)
    state = serializers.ChoiceField(choices=JOB_STATES, read_only=True)
    allowed = serializers.SerializerMethodField()
    lease = serializers.SerializerMethodField()
    receipt = serializers.CharField(
        source="posting_receipt", help_text="The carrier's number, of the last posting; empty before"
    )

    class Meta:
        model = PrintJob
        fields = (
            "id",
            "channel",
            "wave",
            "state",
            "allowed",
            "revision",
            "pulled_revision",
            "acknowledged_revision",
            "rows",
            "cut_off_at",
            "lease",
            "posted_pieces",
            "posted_at",
            "postage_cents",
            "receipt",
            "created_at",
            "state_changed_at",
            "updated_at",
        )

    def get_allowed(self, job: PrintJob) -> list[str]:
        return list(allowed(job))

    def get_lease(self, job: PrintJob) -> LeaseSerializer(allow_null=True):  # type: ignore[valid-type]
        if not is_held(job):
            return None
        return told(LeaseSerializer, {"holder": job.lease_holder, "until": job.lease_until})


class SpecSerializer(serializers.Serializer):
    """What was ordered."""

    product = serializers.CharField(help_text="Of the carrier, as agreed; empty: the vendor's usual one")
    format = serializers.CharField(help_text="A4, A5, A6 or DIN lang")
    paper = serializers.CharField(help_text="As agreed; empty: the vendor's usual one")
    letter_form = serializers.CharField(help_text="Of DIN 5008, A or B; empty for leaflets")
    edges = serializers.CharField(help_text="Nothing, bleed or crop_marks")
    schema_version = serializers.CharField(help_text="Of the files with the rows")


class PostingSerializer(serializers.ModelSerializer):
    """One of the times that pieces were given to the carrier."""

    class Meta:
        model = PrintPosting
        fields = ("pieces", "posted_at", "receipt", "postage_cents")


class WithdrawalSumSerializer(serializers.Serializer):
    """How far the list of withdrawals goes, and how far it was acknowledged; 0: there are none."""

    last_seq = serializers.IntegerField()
    acknowledged_seq = serializers.IntegerField()


class JobDetailSerializer(JobSerializer):
    """One job with what was ordered and where its pieces are."""

    spec = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField(help_text="Items by state")
    withdrawals = serializers.SerializerMethodField()
    postings = PostingSerializer(many=True, help_text="In the order of their reports; the job has their sums")
    deletion_due_at = serializers.SerializerMethodField(
        help_text="When your deletion certificate is due; null: not yet"
    )
    deletion_certified = serializers.SerializerMethodField()

    class Meta(JobSerializer.Meta):
        fields = (
            *JobSerializer.Meta.fields,
            "spec",
            "counts",
            "withdrawals",
            "postings",
            "reject_reason",
            "deletion_due_at",
            "deletion_certified",
        )

    def get_spec(self, job: PrintJob) -> SpecSerializer:
        return told(SpecSerializer, ordered.of_job(job))

    def get_counts(self, job: PrintJob) -> dict[str, int]:
        sums = dict(PrintItem.objects.filter(job=job).values_list("state").annotate(n=Count("pk")).order_by())
        return {state: sums.get(state, 0) for state in PrintItemState.values}

    def get_withdrawals(self, job: PrintJob) -> WithdrawalSumSerializer:
        seen = Max("seq", filter=Q(acknowledged_at__isnull=False), default=0)
        sums = PrintWithdrawal.objects.filter(job=job).aggregate(last_seq=Max("seq", default=0), acknowledged_seq=seen)
        return told(WithdrawalSumSerializer, sums)

    def get_deletion_due_at(self, job: PrintJob) -> datetime | None:
        due = deletion.due_at(job)
        return timezone.localtime(due) if due else None

    def get_deletion_certified(self, job: PrintJob) -> bool:
        return hasattr(job, "deletion_certificate")


class JobPageSerializer(serializers.Serializer):
    jobs = JobSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Pass it as `after` for the next page; null: that was all")
    as_of = serializers.DateTimeField(
        help_text="Pass it as `updated_since` next time, and you miss nothing; some jobs may come twice"
    )


class FileSerializer(serializers.ModelSerializer):
    """`sha256` and `bytes` are of what is downloaded; `plain_...` of what is inside, decrypted and decompressed."""

    class Meta:
        model = MailingFile
        fields = (
            "name",
            "kind",
            "revision",
            "media_type",
            "rows",
            "bytes",
            "sha256",
            "schema_version",
            "encryption",
            "plain_media_type",
            "plain_bytes",
            "plain_sha256",
        )


class FileListSerializer(serializers.Serializer):
    revision = serializers.IntegerField()
    files = FileSerializer(many=True)


class TakeLeaseSerializer(serializers.Serializer):
    holder = serializers.RegexField(
        r"^[!-~](?:[ -~]{0,78}[!-~])?\Z", help_text="The worker's own name, e.g. its host and process; printable ASCII"
    )


class LeaseTakenSerializer(serializers.Serializer):
    holder = serializers.CharField()
    token = serializers.CharField(help_text="Send it as Lease-Token with every step")
    until = serializers.DateTimeField(help_text="Renew it before then; afterwards the job is free for others")
    job = JobSerializer()


class FileCheckSerializer(serializers.Serializer):
    """What you measured, not what we told you."""

    name = serializers.CharField(max_length=160)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z", help_text="Lower-case hex")
    bytes = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    rows = serializers.IntegerField(min_value=0, max_value=MOST, help_text="CSV: without the header; PDF: as listed")


class AcknowledgeSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=1, max_value=MOST_REVISION)
    files = FileCheckSerializer(many=True, allow_empty=False, max_length=20_000)


class RejectDetailSerializer(serializers.Serializer):
    """One thing that is wrong with a job."""

    CODES = ("file_unreadable", "data_invalid", "format", "paper", "capacity", "deadline", "duplicate", "other")

    code = serializers.ChoiceField(choices=CODES)
    text = serializers.CharField(max_length=200, required=False, allow_blank=True)
    file = serializers.CharField(max_length=160, required=False, allow_blank=True)
    sequence = serializers.IntegerField(min_value=1, max_value=MOST, required=False)


class RejectSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200, help_text="For people; nothing personal")
    details = RejectDetailSerializer(many=True, required=False, max_length=100)


class StartSerializer(serializers.Serializer):
    revision = serializers.IntegerField(
        min_value=1, max_value=MOST_REVISION, help_text="The one that goes to the press"
    )


class PrintedSerializer(serializers.Serializer):
    """Nothing needs to be said; send {}."""


class PostedSerializer(serializers.Serializer):
    pieces = serializers.IntegerField(min_value=0, max_value=MOST, help_text="Of this posting")
    posted_at = serializers.DateTimeField()
    receipt = serializers.CharField(max_length=80, help_text="The carrier's number; the same one is one posting")
    postage_cents = serializers.IntegerField(
        min_value=0, max_value=2**53 - 1, required=False, help_text="Paid for these pieces, in cents"
    )
    more_follows = serializers.BooleanField(
        required=False, help_text="True: the rest is posted later; the job goes on until then. Left out: false"
    )

    def validate_posted_at(self, value: datetime) -> datetime:
        return _likely(value)


class CertificateSerializer(serializers.Serializer):
    deleted_at = serializers.DateTimeField(help_text="When the last copy was destroyed")
    method = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="Your own number")

    def validate_deleted_at(self, value: datetime) -> datetime:
        return _likely(value)


class NewAddressSerializer(serializers.Serializer):
    """Where somebody lives now."""

    street = serializers.CharField(max_length=LONGEST_LINE, help_text="With the house number")
    postcode = serializers.CharField(max_length=LONGEST_LINE, required=False, help_text="Where the country has them")
    city = serializers.CharField(max_length=LONGEST_LINE, required=False, help_text="Where the country has towns")
    country = serializers.CharField(max_length=LONGEST_LINE, required=False, help_text="ISO 3166, two letters")


class ItemReportSerializer(serializers.Serializer):
    """For the schema; rows are read one by one by print_jobs.reported, in every format alike."""

    event_id = serializers.CharField(max_length=LONGEST["event_id"], help_text="Yours; the same one is one report")
    sequence = serializers.IntegerField(min_value=1, max_value=MOST)
    state = serializers.ChoiceField(choices=PIECE_STATES)
    at = serializers.DateTimeField(help_text="ISO 8601 with an offset")
    reason = serializers.CharField(
        max_length=LONGEST["reason"],
        required=False,
        help_text=f"Of a returned piece one of {', '.join(ReturnReason.values)}",
    )
    text = serializers.CharField(
        max_length=LONGEST["text"], required=False, help_text="The carrier's words; needed where the reason is other"
    )
    new_address = NewAddressSerializer(required=False, help_text="Of a moved person; or returned, where it is known")
    quantity = serializers.IntegerField(min_value=0, max_value=MOST, required=False, help_text="Pieces distributed")
    week = serializers.RegexField(r"^\d{4}-W\d{2}\Z", required=False, help_text="ISO week of the distribution")


class ItemReportsSerializer(serializers.Serializer):
    items = ItemReportSerializer(many=True, max_length=MOST_ROWS, allow_empty=False)


class ItemResultSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="From 1")
    event_id = serializers.CharField()
    result = serializers.ChoiceField(choices=["recorded", "known", "refused"])
    reason = serializers.CharField(help_text="Field and reason, for a refused row")


class ItemResultsSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(help_text="Rows that are new")
    known = serializers.IntegerField(help_text="Rows that were sent before")
    refused = serializers.IntegerField()
    results = ItemResultSerializer(
        many=True, help_text="Of JSON one a row; of CSV and JSON lines the refused ones, at most 1000"
    )
    job = JobSerializer()


class WithdrawalSerializer(serializers.ModelSerializer):
    sequence = serializers.IntegerField(source="item.sequence", help_text="Of the letter in the files")
    in_time = serializers.BooleanField(help_text="False: after production had started; take it out if you still can")

    class Meta:
        model = PrintWithdrawal
        fields = ("seq", "sequence", "item_id", "reason", "in_time", "withdrawn_at", "acknowledged_at")


class WithdrawalPageSerializer(serializers.Serializer):
    revision = serializers.IntegerField(help_text="In the files of this revision the ones in time are gone")
    withdrawals = WithdrawalSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Pass it as `after` for more; null: that was all")


def _likely(value: datetime) -> datetime:
    if wrong := unlikely(value):
        raise serializers.ValidationError(wrong)
    return value


def told(serializer: type[serializers.Serializer], of: Any) -> dict[str, Any]:
    """How an object is told. A serializer that only tells keeps nothing of it, so that one of a kind is enough."""
    return _teller(serializer)(of)


@cache
def _teller(serializer: type[serializers.Serializer]) -> Callable[[Any], dict[str, Any]]:
    """Making the fields of a serializer takes longer than telling some jobs by them."""
    return serializer().to_representation


def job_now(job_id: int) -> dict[str, Any]:
    """A job as it is after a step."""
    return told(JobSerializer, PrintJob.objects.get(pk=job_id))
