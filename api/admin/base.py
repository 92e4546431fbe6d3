"""Pages that show a secret once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from buildings.admin_base import ObjectPage


def shown_once(
    page: ObjectPage, request: HttpRequest, obj: Any, title: str, value: str, advice: str
) -> HttpResponse:
    """Show a key once, on a page of its own: a message would travel in a cookie."""
    return TemplateResponse(
        request,
        "admin/api/shown_once.html",
        {
            **page.admin.admin_site.each_context(request),
            "opts": page.admin.opts,
            "title": title,
            "value": value,
            "advice": advice,
            "object_url": page.admin.object_url(obj),
            "shown_name": page.admin.shown_name(obj),
        },
    )
