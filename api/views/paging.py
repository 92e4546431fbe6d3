"""Pages by cursor: each begins behind the last row of the one before, whatever was added or taken away meanwhile.

A list stands in the order of an index, and the database goes straight to the cursor's place in it: page 10,000 costs
what page 1 does.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 500


class CursorPages(BasePagination):
    """`limit` and `cursor` in, `results` and `next` out. The view's `order` names the columns, the last one unique."""

    parameters = ("limit", "cursor")

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        order: Sequence[str] = view.order
        limit = read_limit(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor")
        after = _read(queryset, order, cursor) if cursor else []
        # first the bare keys, which an index gives; what a row shows of other tables is read for this page alone
        keys: list[Any] = []
        for part in _parts(queryset, order, after, view.caller.scope.whole_communities()):
            keys += part.order_by(*order).values_list("pk", *order)[: limit + 1 - len(keys)]
            if len(keys) > limit:
                break
        self.next = encode(keys[limit - 1][1:]) if len(keys) > limit else None
        rows = {row.pk: row for row in view.shown(key[0] for key in keys[:limit])}
        return [rows[key[0]] for key in keys[:limit] if key[0] in rows]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {
                    "type": "string",
                    "nullable": True,
                    "description": "下一页的 cursor；没有下一页时为 null",
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            limit_parameter(),
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "上一页返回的 next；其余参数不变",
                "schema": {"type": "string"},
            },
        ]


def limit_parameter() -> dict[str, Any]:
    """`limit` as the description of the interface tells it."""
    return {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": f"每页条数，不写为 {DEFAULT_LIMIT}",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT},
    }


def read_limit(text: str | None) -> int:
    """How many rows a page holds. Raises ValidationError."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LARGEST_LIMIT):
        raise ValidationError({"limit": f"请填 1 到 {LARGEST_LIMIT} 的整数。"})
    return int(text)


def encode(values: Sequence[Any]) -> str:
    """Plain values as one word for an address."""
    packed = json.dumps(values, separators=(",", ":"), default=str)
    return urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode(word: str) -> list[Any]:
    """What `encode` packed. Raises ValueError for anything else."""
    unpacked = json.loads(urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4)))
    if not isinstance(unpacked, list):
        raise ValueError("no cursor")
    return unpacked


def _read(queryset: QuerySet[Any], order: Sequence[str], cursor: str) -> list[Any]:
    """The columns of the row a cursor stands for, as they are compared. Raises ValidationError."""
    fields = [queryset.model._meta.get_field(name) for name in order]
    try:
        plain = [_plain(field, value) for field, value in zip(fields, decode(cursor), strict=True)]
    except (ValueError, TypeError, RecursionError, DjangoValidationError):
        raise ValidationError({"cursor": "cursor 无效，请使用上一页返回的 next。"}) from None
    return [Value(value, output_field=field) for field, value in zip(fields, plain, strict=True)]


def _parts(
    queryset: QuerySet[Any], order: Sequence[str], after: Sequence[Value], communities: Sequence[int] | None
) -> Iterator[QuerySet[Any]]:
    """What lies behind a cursor, in pieces of which each is one walk along the index.

    A list that begins with the community is walked community by community: in the cursor's own from its row on, then
    all of the ones behind it. Given as one comparison of rows beside a list of communities, the database would begin
    at the first of them.
    """
    if not after:
        yield queryset
    elif order[0] != "community_id" or communities is None:
        yield queryset.filter(_behind(order, after))
    else:
        own = after[0].value
        yield queryset.filter(community=own).filter(_behind(order[1:], after[1:]))
        further = [pk for pk in communities if pk > own]
        if further:
            yield queryset.filter(community__in=further)


def _behind(order: Sequence[str], after: Sequence[Value]) -> GreaterThan:
    return GreaterThan(_Row(*(F(name) for name in order)), _Row(*after))


class _Row(Func):
    function = "ROW"
    output_field = BigIntegerField()  # of no meaning: two rows are compared with each other


def _plain(field: Any, value: Any) -> Any:
    """A cursor's value as the column holds it; whole numbers within what the column takes."""
    while field.remote_field is not None:
        field = field.target_field
    found = field.to_python(value)
    if found is None:
        raise ValueError("no value")
    if isinstance(found, int):
        field.run_validators(found)
        if not -(2**63) <= found < 2**63:
            raise ValueError("too large")
    elif not hasattr(found, "tzinfo") or found.tzinfo is None:
        raise ValueError("no moment")
    return found
