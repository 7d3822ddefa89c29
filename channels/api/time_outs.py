"""POST /api/time-outs: another system records that a customer wants to be left alone for some days."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns import time_outs

from .. import intake
from ..models import ApiKey
from .authentication import HasKey, KeyAuthentication
from .events import IdentifierSerializer
from .problems import Problem, documented


class TimeOutSerializer(serializers.Serializer):
    """Name the customer by `customer_number` or by `identifier`."""

    customer_number = serializers.CharField(max_length=64, required=False)
    identifier = IdentifierSerializer(required=False)
    from_on = serializers.DateField(help_text="The first day, by the customer's clock")
    until_on = serializers.DateField(help_text="The last day")
    is_everything = serializers.BooleanField(default=False, help_text="Letters and leaflets wait too")

    def validate(self, data: dict) -> dict:
        if ("customer_number" in data) == ("identifier" in data):
            raise serializers.ValidationError({"customer_number": "name either customer_number or identifier"})
        if reason := time_outs.refused(data["from_on"], data["until_on"]):
            raise serializers.ValidationError({"until_on": reason})
        return data


class TimeOutsView(APIView):
    """Record a digital time-out. Asking again for the same days does no harm."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.EVENTS

    @extend_schema(
        request=TimeOutSerializer,
        responses={204: None} | documented(400, 401, 404),
        operation_id="record_time_out",
        summary="A customer wants to be left alone for some days",
    )
    def post(self, request: Request) -> Response:
        body = TimeOutSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        identifier = data.get("identifier", {})
        customer_id = intake.customer(
            number=data.get("customer_number", ""), kind=identifier.get("kind", ""), value=identifier.get("value", "")
        )
        if customer_id is None:
            raise Problem(404, "unknown-customer", "nobody is known by this")
        time_outs.take(
            customer_id=customer_id,
            from_on=data["from_on"],
            until_on=data["until_on"],
            is_everything=data["is_everything"],
            source=f"key {request.auth.prefix}",
        )
        return Response(status=204)
