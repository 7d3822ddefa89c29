"""POST /api/events: other systems report what customers did."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.models import IdentifierKind

from .. import intake
from ..models import ApiKey
from .authentication import HasKey, KeyAuthentication
from .money import MoneyField
from .problems import Problem, documented


class IdentifierSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=IdentifierKind.choices)
    value = serializers.CharField(max_length=320)


class EventSerializer(serializers.Serializer):
    """One event. Name the customer by `customer_number` or by `identifier`."""

    customer_number = serializers.CharField(max_length=64, required=False)
    identifier = IdentifierSerializer(required=False)
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in intake.KINDS])
    medium = serializers.CharField(max_length=20, help_text="web, store, phone, product, or a channel's name")
    is_online = serializers.BooleanField()
    occurred_at = serializers.DateTimeField(help_text="ISO 8601 with an offset")
    source_key = serializers.CharField(max_length=80, help_text="Your own key; the same key and time is one event")
    value = MoneyField(required=False, default=0, help_text="Money, as a decimal")
    attributes = serializers.DictField(required=False, default=dict)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("customer_number" in data) == ("identifier" in data):
            raise serializers.ValidationError({"customer_number": "name either customer_number or identifier"})
        return data


class EventBatchSerializer(serializers.Serializer):
    events = EventSerializer(many=True, allow_empty=False, max_length=intake.MOST_AT_ONCE)


class EventCountSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(help_text="New ones")
    known = serializers.IntegerField(help_text="Reported before; left as they are")


class EventsView(APIView):
    """Report up to 1000 events. All of them are recorded or none; sending them again does no harm."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.EVENTS

    @extend_schema(
        request=EventBatchSerializer,
        responses={200: EventCountSerializer} | documented(400, 401),
        operation_id="report_events",
        summary="What customers did",
    )
    def post(self, request: Request) -> Response:
        batch = EventBatchSerializer(data=request.data)
        batch.is_valid(raise_exception=True)
        reported = [_reported(data) for data in batch.validated_data["events"]]
        try:
            new = intake.record(reported, source=f"key {request.auth.prefix}")
        except intake.IntakeError as error:
            errors = [asdict(row) for row in error.errors]
            raise Problem(400, "invalid", "nothing was recorded", errors=errors) from error
        return Response({"recorded": new, "known": len(reported) - new})


def _reported(data: dict[str, Any]) -> intake.Reported:
    identifier = data.get("identifier", {})
    return intake.Reported(
        kind=data["kind"],
        medium=data["medium"],
        is_online=data["is_online"],
        occurred_at=data["occurred_at"],
        source_key=data["source_key"],
        customer_number=data.get("customer_number", ""),
        identifier_kind=identifier.get("kind", ""),
        identifier_value=identifier.get("value", ""),
        value_cents=data["value"],
        attributes=data["attributes"],
    )
