"""Authentication by key, for every API of the platform. A view names the scope it needs as `key_scope`."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from .. import keys
from ..models import ApiKey


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`. `request.auth` becomes the ApiKey; its vendor, if any, is `request.auth.vendor`."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise AuthenticationFailed(HasKey.message)
        view = request.parser_context["view"]
        key = keys.authenticate(raw.strip(), scope=view.key_scope) if scheme.lower() == "bearer" else None
        if key is None:
            raise AuthenticationFailed("this key is unknown, expired, revoked, or not meant for this API")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="campaign steering"'


class HasKey(BasePermission):
    message = "a key is needed: Authorization: Bearer <key>"

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiKey)


class KeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI schema describes it."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
