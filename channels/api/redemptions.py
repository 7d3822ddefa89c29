"""POST /api/redemptions: a shop or a till hands in a coupon."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import redemptions
from ..models import ApiKey
from .authentication import HasKey, KeyAuthentication
from .money import MoneyField
from .problems import Problem, documented


class RedemptionSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=40)
    receipt = serializers.CharField(
        max_length=80, help_text="Your number of the sale; sent twice, it is one redemption"
    )
    redeemed_at = serializers.DateTimeField()
    place = serializers.ChoiceField(choices=["store", "online"])
    value = MoneyField(
        required=False, min_value=0, help_text="Of the sale; leave it out if you report sales to /api/events"
    )
    customer_number = serializers.CharField(
        max_length=64, required=False, help_text="Needed for codes that are the same for everybody"
    )


class RedeemedSerializer(serializers.Serializer):
    dispatch = serializers.IntegerField(help_text="The message that the coupon came with")
    is_new = serializers.BooleanField(help_text="False: this receipt was handed in before")


class RedemptionsView(APIView):
    """Hand in a coupon. 404: no such code. 409: redeemed before, on another receipt."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.REDEMPTIONS

    @extend_schema(
        request=RedemptionSerializer,
        responses={201: RedeemedSerializer, 200: RedeemedSerializer} | documented(400, 401, 404, 409),
        operation_id="redeem_coupon",
    )
    def post(self, request: Request) -> Response:
        body = RedemptionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            dispatch_id, is_new = redemptions.redeem(_redemption(body.validated_data))
        except redemptions.UnknownCodeError as error:
            raise Problem(404, "unknown-code", "no message carries this code for this customer") from error
        except redemptions.AlreadyRedeemedError as error:
            raise Problem(409, "already-redeemed", "redeemed before, on another receipt") from error
        return Response({"dispatch": dispatch_id, "is_new": is_new}, status=201 if is_new else 200)


def _redemption(data: dict) -> redemptions.Redemption:
    return redemptions.Redemption(
        code=data["code"],
        receipt=data["receipt"],
        redeemed_at=data["redeemed_at"],
        is_online=data["place"] == "online",
        value_cents=data.get("value"),
        customer_number=data.get("customer_number", ""),
    )
