"""The change feed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import FeedEntry
from api.rules import row_kind_choices, row_kinds
from api.selectors import Caller
from api.services import feed_epoch, feed_number
from api.views.base import ScopedView, names_note
from api.views.paging import decode, encode, limit_parameter, read_limit
from api.views.problems import FeedRestarted

WINDOW = 2_000  # entries that are looked at for one page of a client that has only parts of communities


class ChangeRow(serializers.Serializer):
    kind = serializers.ChoiceField(choices=row_kind_choices(), help_text="哪一种数据")
    id = serializers.IntegerField(help_text="它的 id")
    gone = serializers.BooleanField(help_text="已不在该令牌的范围内：请从本地删除")
    data = serializers.DictField(  # type: ignore[assignment]
        allow_null=True, help_text="它现在的样子，与同种列表中的一条相同；gone 时为 null"
    )


class ChangePage(serializers.Serializer):
    next = serializers.CharField(help_text="下次读取时的 since；请与本页数据一起保存")
    more = serializers.BooleanField(help_text="后面还有，可马上再读")
    changes = ChangeRow(many=True)


class ChangesView(ScopedView):
    """What changed since a position. No grant of its own: it gives the kinds of rows the token is given."""

    parameters = ("since", "limit")

    @extend_schema(
        operation_id="changes",
        summary="变更",
        description=(
            "自上次读到的位置以来变过的数据，每条给出它现在的样子。不带 since 从头读取全部。同一条可能出现多次，以后到的为准；"
            "没有收到回应时，用同一个 since 再读一次即可。返回 410（feed_restarted）时清空本地数据，从头读取。"
        ),
        parameters=[
            OpenApiParameter("since", str, description="上次返回的 next；第一次不写"),
            OpenApiParameter(
                "limit", limit_parameter()["schema"], description=limit_parameter()["description"]
            ),
        ],
        responses=ChangePage,
    )
    def get(self, request: Request) -> Response:
        limit = read_limit(request.query_params.get("limit"))
        feed_number()
        position = _read_since(request.query_params.get("since"), self.caller)
        entries, looked_up_to = _entries(self.caller, position, limit)
        last = looked_up_to or (entries[-1].position if entries else position)
        return Response(
            {
                "next": encode([str(feed_epoch()), self.caller.disclosure_over, last]),
                "more": looked_up_to is not None,
                "changes": _changes(entries, self.caller),
            }
        )


def _read_since(word: str | None, caller: Caller) -> int:
    """The position a client has come to. Raises FeedRestarted where it no longer counts."""
    if not word:
        return 0
    try:
        epoch, disclosure_over, position = decode(word)
        is_position = type(position) is int and 0 <= position < 2**63
    except (ValueError, RecursionError):
        is_position = False
    if not is_position:
        raise serializers.ValidationError({"since": "since 无效，请使用上一次返回的 next。"})
    if (epoch, disclosure_over) != (str(feed_epoch()), caller.disclosure_over):
        raise FeedRestarted
    return int(position)


def _entries(caller: Caller, position: int, limit: int) -> tuple[list[FeedEntry], int | None]:
    """The next entries that lie, or lay, in the caller's scope, and the position up to which was looked (None: the end).

    The index of the feed knows communities, not paths: what lies elsewhere in them is passed over here, so that the
    database always walks the index. A page may so hold little, or nothing, and still lead on.
    """
    rows = FeedEntry.objects.filter(
        community__in=caller.community_ids, kind__in=caller.row_kinds, position__gt=position
    )
    paths = tuple(caller.scope.minimal_paths())
    window = WINDOW if caller.scope.whole_communities() is None else limit
    looked_at = list(rows.order_by("position")[:window])
    found = [entry for entry in looked_at if entry.path.startswith(paths)]
    if len(found) > limit:
        return found[:limit], found[limit - 1].position
    return found, looked_at[-1].position if len(looked_at) == window else None


@transaction.atomic
def _changes(entries: list[FeedEntry], caller: Caller) -> list[dict[str, Any]]:
    """Each row once, as it is now: one query a kind, two where it shows rows of another table.

    In one transaction: of the kinds whose names it gives, all stand in the trail or none.
    """
    latest = {(entry.kind, entry.row_id): None for entry in entries}
    for kind, shown in row_kinds().items():
        ids = [row_id for of, row_id in latest if of == kind]
        if not ids:
            continue
        rows = list(shown.rows().within(caller.scope).filter(pk__in=ids))
        for row in shown.row(rows, many=True, context={"grants": caller.grants}).data:
            latest[kind, row["id"]] = row
        if shown.names_grant and caller.may(shown.names_grant):
            names_note(caller, shown.row.Meta.model._meta.label_lower, len(rows))
    return [
        {"kind": kind, "id": row_id, "gone": data is None, "data": data}
        for (kind, row_id), data in latest.items()
    ]
