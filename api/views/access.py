"""Who is asking: a bearer token and nothing else. Sessions of people count for nothing here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.rules import grant_choices
from api.selectors import Caller
from api.services import token_use
from buildings.viewer import ViewerRequest


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer bbt_…`. Puts the caller on the request, and its scope where every view looks for it."""

    def authenticate(self, request: Request) -> tuple[Caller, Any] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise AuthenticationFailed("请在 Authorization 中写 Bearer 加令牌。", "token_invalid")
        use = token_use(plain=words[1].decode("latin-1"), now=timezone.now())
        if use is None:
            raise AuthenticationFailed("令牌无效、已到期或已吊销，请向社区索取新的令牌。", "token_invalid")
        if use.wait:
            raise Throttled(use.wait)
        asked = cast("ViewerRequest", request._request)
        asked.viewer = replace(asked.viewer, scope=use.caller.scope)
        return use.caller, use.caller.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="baibuting"'


class Granted(BasePermission):
    """The caller has the grant that the view names in `grant`, or for writing in `write_grant`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = request.user
        if not isinstance(caller, Caller):
            raise NotAuthenticated
        wanted: str | None = view.write_grant if request.method == "POST" else view.grant
        if wanted is not None and not caller.may(wanted):
            raise PermissionDenied(
                f"该令牌没有开通“{dict(grant_choices())[wanted]}”，请向社区申请。", "not_granted"
            )
        return True
