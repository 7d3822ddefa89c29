"""What vendors send, and what they are told."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from ..models import JobState, MailingFile, PrintJob
from ..print_jobs import MOST_AT_ONCE, allowed
from ..print_jobs.reports import REPORTABLE


class JobSerializer(serializers.ModelSerializer):
    """`allowed` names the steps that can be taken now."""

    wave = serializers.IntegerField(source="wave_id", read_only=True)
    state = serializers.ChoiceField(choices=JobState.choices, read_only=True)
    allowed = serializers.SerializerMethodField()

    class Meta:
        model = PrintJob
        fields = (
            "id",
            "channel",
            "wave",
            "state",
            "allowed",
            "revision",
            "acknowledged_revision",
            "rows",
            "posted_pieces",
            "posted_at",
            "created_at",
            "state_changed_at",
        )

    def get_allowed(self, job: PrintJob) -> list[str]:
        return list(allowed(job))


class JobPageSerializer(serializers.Serializer):
    jobs = JobSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Pass it as `after` for the next page; null: that was all")


class FileSerializer(serializers.ModelSerializer):
    class Meta:
        model = MailingFile
        fields = ("name", "revision", "media_type", "rows", "bytes", "sha256")


class FileListSerializer(serializers.Serializer):
    revision = serializers.IntegerField()
    files = FileSerializer(many=True)


class FileCheckSerializer(serializers.Serializer):
    """What you measured, not what we told you."""

    name = serializers.CharField(max_length=160)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="Lower-case hex")
    bytes = serializers.IntegerField(min_value=0)
    rows = serializers.IntegerField(min_value=0, help_text="CSV: rows without the header; PDF: as listed")


class AcknowledgeSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=1)
    files = FileCheckSerializer(many=True, allow_empty=False, max_length=1000)


class RejectSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class StartSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=1, help_text="The one that goes to the press")


class PostedSerializer(serializers.Serializer):
    pieces = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    posted_at = serializers.DateTimeField()
    receipt = serializers.CharField(max_length=80, help_text="The carrier's number")

    def validate_posted_at(self, value: datetime) -> datetime:
        return _not_in_the_future(value)


class ItemReportSerializer(serializers.Serializer):
    event_id = serializers.CharField(max_length=80, help_text="Yours; the same one is one report")
    sequence = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    state = serializers.ChoiceField(choices=[(state.value, state.label) for state in REPORTABLE])
    reason = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    at = serializers.DateTimeField(help_text="ISO 8601 with an offset")

    def validate_at(self, value: datetime) -> datetime:
        return _not_in_the_future(value)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["state"] == "returned" and not data["reason"]:
            raise serializers.ValidationError({"reason": "is needed for a returned piece, as the carrier says it"})
        return data


class ItemReportsSerializer(serializers.Serializer):
    """For the schema; rows are judged one by one."""

    items = ItemReportSerializer(many=True, max_length=MOST_AT_ONCE)


class ItemResultSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="From 1")
    event_id = serializers.CharField()
    result = serializers.ChoiceField(choices=["recorded", "known", "refused"])
    reason = serializers.CharField(help_text="Field and reason, for a refused row")


class ItemResultsSerializer(serializers.Serializer):
    results = ItemResultSerializer(many=True)
    job = JobSerializer()


class WithdrawalSerializer(serializers.Serializer):
    sequence = serializers.IntegerField()
    item_id = serializers.IntegerField()
    in_time = serializers.BooleanField(help_text="False: after production had started; take it out if you still can")
    withdrawn_at = serializers.DateTimeField()


class WithdrawalsSerializer(serializers.Serializer):
    revision = serializers.IntegerField(help_text="In the files of this revision the ones in time are gone")
    withdrawals = WithdrawalSerializer(many=True)


def _not_in_the_future(value: datetime) -> datetime:
    if value > timezone.now() + timedelta(minutes=5):
        raise serializers.ValidationError("is in the future")
    return value
