"""Authentication by key, for every API of the platform. A view names the scope it needs as `key_scope`."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from .. import keys
from ..access import audit, callers, limits, wrong_keys
from ..models import ApiKey
from .problems import Problem, too_many

OUR_PREFIX = re.compile(f"[0-9a-f]{{{keys.PREFIX_LENGTH}}}")
NO_KEY = "this key is unknown, expired or revoked"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`. `request.auth` becomes the ApiKey; its vendor, if any, is `request.auth.vendor`.

    Raises 401 without a key that is valid now, 429 after too many wrong ones, 403 for one that may not be used from where
    it comes or does not open this. Every refusal of a key is put on record.
    """

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise AuthenticationFailed(HasKey.message)
        address = callers.address(request)
        if wait := wrong_keys.wait_of_address(address):
            raise too_many(wait, "too many wrong keys came from your address")
        key = _right_key(request, raw.strip() if scheme.lower() == "bearer" else "", address)
        _check_use(request, key, address)
        keys.note_use(key, address)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="campaign steering"'


def _right_key(request: Request, raw: str, address: str) -> ApiKey:
    key = keys.find(raw)
    if key is None:
        prefix = keys.prefix_of(raw)
        known = {"prefix": prefix} if OUR_PREFIX.fullmatch(prefix) else {}
        _refused(request, None, reason="wrong", **known)
        if wait := wrong_keys.note(address, prefix if known else ""):
            raise too_many(wait, "too many wrong keys were tried")
        raise AuthenticationFailed(NO_KEY)
    if not keys.is_valid(key):  # who has it guesses nothing, so this counts for nothing
        _refused(request, key, reason="ended", prefix=key.prefix)
        raise AuthenticationFailed(NO_KEY)
    return key


def _check_use(request: Request, key: ApiKey, address: str) -> None:
    if not keys.may_come_from(key, address):
        _refused(request, key, reason="network", prefix=key.prefix)
        raise Problem(403, "address-not-allowed", "this key may not be used from your address")
    scope = request.parser_context["view"].key_scope
    if not keys.opens(key, scope):
        _refused(request, key, reason="scope", prefix=key.prefix, scope=str(scope))
        problem = Problem(403, "insufficient-scope", f"this key does not open this: it needs the scope {scope}")
        # RFC 6750, section 3.1
        problem.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        raise problem


def _refused(request: Request, key: ApiKey | None, **facts: str) -> None:
    """Puts it on record; a program that goes on with such a key must not fill the record, so it is 429 at last."""
    allowance = limits.take_refused(key) if key else None
    if allowance is not None and not allowance.passes:
        raise too_many(allowance.wait, "this key is refused, and asked too often")
    route = getattr(request.resolver_match, "url_name", None) or "unknown"
    facts |= {"method": request.method, "route": route}
    audit.note(key, "key-refused", key, request=request, outcome=audit.Outcome.REFUSED, **facts)


class HasKey(BasePermission):
    message = "a key is needed: Authorization: Bearer <key>"

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiKey)


class KeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI schema describes it; the scope stands where OpenAPI 3.1 has the roles that a request needs."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made by staff, as docs/vendor-api.md says"}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: [str(auto_schema.view.key_scope)]}
