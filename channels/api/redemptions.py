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
    store = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="Your code of the store; some offers ask for it"
    )
    customer_number = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Of a code that is the same for everybody: who redeems it. Needed where no offer knows the code",
    )


class RedeemedSerializer(serializers.Serializer):
    dispatch = serializers.IntegerField(
        allow_null=True, help_text="The message that the coupon came with; null: not known"
    )
    is_new = serializers.BooleanField(help_text="False: this receipt was handed in before")
    offer = serializers.CharField(required=False, help_text="The offer's slug, where an offer knows the code")


# Of redemptions.RedemptionRefused.
STATUSES = {
    "unknown-code": 404,
    "mistyped-code": 404,
    "already-redeemed": 409,
    "used-up": 409,
    "expired": 410,
    "withdrawn": 410,
    "not-yet-valid": 422,
    "not-here": 422,
    "basket-too-small": 422,
}


class RedemptionsView(APIView):
    """Hand in a coupon. The problem's `type` says why one is refused.

    404: `unknown-code`, or `mistyped-code` that cannot exist. 409: `already-redeemed` on another receipt, or `used-up`. 410:
    `expired` or `withdrawn`. 422: `not-yet-valid`, `not-here` in this store or online, or `basket-too-small`.
    """

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.REDEMPTIONS

    @extend_schema(
        request=RedemptionSerializer,
        responses={201: RedeemedSerializer, 200: RedeemedSerializer} | documented(400, 401, 404, 409, 410, 422),
        operation_id="redeem_coupon",
        summary="A shop or a till hands in a coupon",
    )
    def post(self, request: Request) -> Response:
        body = RedemptionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            done = redemptions.redeem(_redemption(body.validated_data))
        except redemptions.RedemptionRefused as refusal:
            raise Problem(STATUSES[refusal.kind], refusal.kind, str(refusal)) from refusal
        told = {"dispatch": done.dispatch_id, "is_new": done.is_new} | ({"offer": done.offer} if done.offer else {})
        return Response(told, status=201 if done.is_new else 200)


def _redemption(data: dict) -> redemptions.Redemption:
    return redemptions.Redemption(
        code=data["code"],
        receipt=data["receipt"],
        redeemed_at=data["redeemed_at"],
        is_online=data["place"] == "online",
        value_cents=data.get("value"),
        customer_number=data.get("customer_number", ""),
        store=data.get("store", ""),
    )
