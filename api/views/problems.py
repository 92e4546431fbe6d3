"""Refusals as problem+json (RFC 9457): a code for the program, a Chinese sentence for its keeper."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.views.schema import CODES, PROBLEM_JSON

logger = logging.getLogger(__name__)

DETAILS = {
    "invalid": "请按 errors 中的说明改正后重试。",
    "parse_error": "报文不是合法的 JSON，请检查后重试。",
    "not_authenticated": "请在 Authorization 中写 Bearer 加令牌。",
    "not_found": "没有这条数据，或不在该令牌的范围内。",
    "method_not_allowed": "这个网址不支持该请求方式，请查阅接口文档。",
    "not_acceptable": "本接口只返回 JSON，请在 Accept 中写 application/json。",
    "unsupported_media_type": "本接口只接收 JSON，请把 Content-Type 写成 application/json。",
}


class KeyMissing(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "key_missing"
    default_detail = (
        "写入请求要带 Idempotency-Key：每次写入一个不重复的值，1 到 100 个字母、数字、点、横线或下划线。"
    )


class KeyTaken(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "key_taken"
    default_detail = "这个 Idempotency-Key 已用于另一份内容。重发原来的内容，或换一个值。"


class FeedRestarted(exceptions.APIException):
    status_code = status.HTTP_410_GONE
    default_code = "feed_restarted"
    default_detail = "范围、数据种类或数据源已变，原来的位置不再有效。请清空本地数据，不带 since 从头读取。"


class Unavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "系统暂时用不了，这次请求没有完成。请按 Retry-After 稍后原样重试。"
    wait = 30  # seconds


def answer_problem(failure: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None for what is no refusal but a fault of ours."""
    known = _known(failure)
    if known is None:
        return None
    code = _code(known)
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": CODES[code],
        "status": known.status_code,
        "code": code,
        "detail": DETAILS.get(code) or str(known.detail),
    }
    if isinstance(known, exceptions.ValidationError):
        problem["errors"] = list(_errors(known.detail))
    headers = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header  # type: ignore[attr-defined]
    wait = int(getattr(known, "wait", None) or 0)
    if wait:
        headers["Retry-After"] = str(wait)
    if isinstance(known, exceptions.Throttled):
        problem["detail"] = f"已超过每分钟的次数，请 {wait} 秒后再试。"
    set_rollback()
    return Response(problem, status=known.status_code, headers=headers, content_type=PROBLEM_JSON)


def _known(failure: Exception) -> exceptions.APIException | None:
    if isinstance(failure, exceptions.APIException):
        return failure
    if isinstance(failure, Http404):
        return exceptions.NotFound()
    if isinstance(failure, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(failure, DjangoValidationError):
        return exceptions.ValidationError(_as_detail(failure))
    if isinstance(failure, RecursionError):
        return exceptions.ParseError()  # JSON nested a thousand deep
    if isinstance(failure, OperationalError | InterfaceError):
        logger.error("the database did not answer a program", exc_info=failure)
        return Unavailable()
    return None


def _as_detail(refusal: DjangoValidationError) -> Any:
    return refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}


def _code(known: exceptions.APIException) -> str:
    if isinstance(known, exceptions.ValidationError):
        return "invalid"
    code = getattr(known.detail, "code", known.default_code)
    if code in CODES:
        return str(code)
    by_default = {"authentication_failed": "token_invalid", "permission_denied": "not_granted"}
    return by_default.get(str(code), "invalid")


def _errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Every single complaint with the field it is about, "" for the whole."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from _errors(inner, f"{field}.{name}" if field and name else field or name)
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _errors(inner, field)
    else:
        yield {"field": field, "message": str(detail)}


@csrf_exempt
def unknown_address(request: HttpRequest, **_: Any) -> JsonResponse:
    """Any address below /api/ that is none."""
    problem = {
        "type": "about:blank",
        "title": CODES["not_found"],
        "status": 404,
        "code": "not_found",
        "detail": "没有这个网址，请查阅接口文档。",
    }
    return JsonResponse(
        problem, status=404, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False}
    )
