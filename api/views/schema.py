"""How the interface describes itself (OpenAPI 3)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.rules import row_kinds

PROBLEM_JSON = "application/problem+json"
# code of a refusal: its title
CODES = {
    "invalid": "内容有误",
    "parse_error": "报文无法识别",
    "not_authenticated": "没有令牌",
    "token_invalid": "令牌无效",
    "not_granted": "没有开通",
    "not_found": "找不到",
    "method_not_allowed": "不支持的请求方式",
    "not_acceptable": "不支持的返回格式",
    "key_missing": "缺少 Idempotency-Key",
    "key_taken": "Idempotency-Key 已用于别的内容",
    "feed_restarted": "需要从头读取",
    "unsupported_media_type": "不支持的报文格式",
    "throttled": "请求过于频繁",
    "unavailable": "暂时用不了",
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(CODES)},
        "detail": {"type": "string", "description": "哪里不对、怎么办"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
WORDS = {
    "400": "参数或内容有误",
    "401": "没有令牌或令牌无效",
    "403": "没有开通这种数据",
    "404": "没有这条数据，或不在范围内",
    "406": "只返回 JSON",
    "409": "Idempotency-Key 已用于别的内容",
    "410": "需要从头读取",
    "415": "只接收 JSON",
    "429": "请求过于频繁",
    "503": "数据库没有回答，稍后再试",
}


class Schema(AutoSchema):
    """Adds what every view has: refusals as problem+json, ETags, sparse fields."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            self._add_refusals(operation)
            self._add_etag(operation)
        return operation

    def get_override_parameters(self) -> list[Any]:
        own = list(super().get_override_parameters())
        if self.method == "GET" and getattr(self.view, "action", "") in ("list", "retrieve"):
            own.append(OpenApiParameter("fields", str, description="只要这些字段，用逗号隔开，如：id,due_on"))
        return own

    def _add_refusals(self, operation: dict[str, Any]) -> None:
        codes = ["400", "401", "403", "406", "429", "503"]
        if "{" in self.path:
            codes.append("404")
        if self.method == "POST":
            codes += ["409", "415"]
        if self.path.endswith("/changes/"):
            codes.append("410")
        for code in sorted(codes):
            operation["responses"][code] = {
                "description": WORDS[code],
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }

    def _add_etag(self, operation: dict[str, Any]) -> None:
        if self.method != "GET":
            return
        operation.setdefault("parameters", []).append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "上次返回的 ETag；没有变化时返回 304",
                "schema": {"type": "string"},
            }
        )
        operation["responses"]["304"] = {"description": "没有变化"}


def sections() -> dict[str, str]:
    """Return the sections of the page by the first part of the path, in their order."""
    kinds = {kind.path: kind.label for kind in row_kinds().values()}
    return {**kinds, "stats": "统计数字", "changes": "变更"}


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the shape of refusals beside the other shapes, and the sections in their order."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    # the names are those of modules in clients made from the description; people read what stands beside them
    result["tags"] = [{"name": path, "description": label} for path, label in sections().items()]
    return result


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.views.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "社区签发的令牌，以 bbt_ 开头"}
