"""What every view of the interface has in common: a scope, grants, sparse fields, ETags, and strict parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from api.selectors import Caller
from api.views.paging import CursorPages
from audit.choices import Action
from audit.services import audit_event_record
from buildings.scope import ScopedQuerySet


def caller_of(request: Request) -> Caller:
    """Who is asking; for views that nobody else reaches."""
    caller: Caller = request.user  # type: ignore[assignment]
    return caller


class ScopedView(APIView):
    """A view behind a token. `parameters` are the words its address takes; any other is refused, not ignored."""

    grant: ClassVar[str | None] = None
    write_grant: ClassVar[str | None] = None
    parameters: ClassVar[tuple[str, ...]] = ()

    @property
    def caller(self) -> Caller:
        return caller_of(self.request)

    def allowed_parameters(self) -> set[str]:
        """The words that may stand in the address."""
        return set(self.parameters)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = set(request.query_params) - self.allowed_parameters()
        if unknown:
            raise ValidationError(dict.fromkeys(sorted(unknown), "没有这个参数，请查阅接口文档。"))
        empty = [name for name, value in request.query_params.items() if not value]
        if empty:
            raise ValidationError(dict.fromkeys(sorted(empty), "没有写值，请填写或去掉这个参数。"))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200 and isinstance(response, Response):
            response.add_post_render_callback(lambda rendered: _answer(request, rendered))
        return response


def _answer(request: Request, rendered: HttpResponse) -> HttpResponse | None:
    """The page with its ETag, or 304 where the client has it already."""
    etag = quote_etag(hashlib.sha256(rendered.content).hexdigest()[:32])
    rendered["ETag"] = etag
    answer = get_conditional_response(request._request, etag=etag, response=rendered)
    return None if answer is rendered else answer


class ScopedViewSet(ScopedView, RetrieveModelMixin, ListModelMixin, GenericViewSet):
    """Rows inside the caller's scope: a list by cursor, and one by its id. What lies outside is not found.

    `rows` gives the queryset, `order` the columns of its pages.
    """

    order: ClassVar[tuple[str, ...]]
    pagination_class = CursorPages
    lookup_value_converter = "int"
    # rows in which names may stand in full; their reading is written into the audit trail
    names_grant: ClassVar[str | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "fields" in request.query_params:
            shown: Any = self.get_serializer()
            _ = shown.fields  # refuses unknown ones, even where there is no row to show

    def rows(self) -> ScopedQuerySet[Any]:
        """All rows there are, with what a row shows of others."""
        raise NotImplementedError

    def shown(self, ids: Iterable[int]) -> Any:
        """Rows of a page whose ids were found inside the scope, with what they show of other tables."""
        return self.rows().unscoped("ids found inside the scope").filter(pk__in=list(ids))

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.rows().none()
        return self.rows().within(self.caller.scope)

    def allowed_parameters(self) -> set[str]:
        allowed = {"fields", *self.parameters}
        if self.action == "list":
            allowed |= {*CursorPages.parameters, *self._filter_names()}
        return allowed if self.action in ("list", "retrieve") else set(self.parameters)

    def _filter_names(self) -> set[str]:
        filterset = getattr(self, "filterset_class", None)
        return set(filterset.base_filters) if filterset else set()

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        if not getattr(self, "swagger_fake_view", False):
            context["grants"] = self.caller.grants
            context["only"] = self.request.query_params.get("fields")
        return context

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if response.status_code == 200 and self.action in ("list", "retrieve"):
            self._note_names(response.data)
        return super().finalize_response(request, response, *args, **kwargs)

    def _note_names(self, data: Any) -> None:
        rows = data["results"] if self.action == "list" else [data]
        if self.names_grant is None or not self.caller.may(self.names_grant):
            return
        names_note(self.caller, self.rows().model._meta.label_lower, len(rows))


def names_note(caller: Caller, label: str, count: int) -> None:
    """Leave in the audit trail that a client was given names in full: whose rows, how many, never which."""
    if not count:
        return
    communities = caller.community_ids
    audit_event_record(
        now=timezone.now(),
        user=None,
        action=Action.EXPORT,
        object_type=label,
        community_id=communities[0] if len(communities) == 1 else None,
        fields=["name"],
        reason=f"接口：{caller.client.name}",
        row_count=count,
    )
