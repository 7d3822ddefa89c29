"""GET /api/posts/{id}: whoever publishes our posts, and was told of one by webhook, reads what it says."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..models import ApiKey
from ..social import posts
from .authentication import HasKey, KeyAuthentication
from .problems import Problem, documented


class PostSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    campaign = serializers.IntegerField()
    state = serializers.CharField()
    publish_at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField(help_text="With the link in it")
    link = serializers.URLField()
    picture = serializers.CharField(help_text="A PNG of 1200 x 630 pixels, in base64")


class PostView(APIView):
    """A post that was approved, as everybody is to see it; nothing of any person is in it."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.POSTS

    @extend_schema(
        responses={200: PostSerializer} | documented(401, 404),
        operation_id="read_post",
        summary="A post that is to be published",
    )
    def get(self, request: Request, pk: int) -> Response:
        try:
            return Response(PostSerializer(posts.as_published(pk)).data)
        except posts.PostError as error:
            raise Problem(404, "not-found", str(error)) from error
