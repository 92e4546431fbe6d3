"""Pages that show something once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from buildings.admin_base import ObjectPage


def shown_once(
    page: ObjectPage, request: HttpRequest, obj: Any, title: str, value: str, advice: str
) -> HttpResponse:
    """Show a key on a page of its own: not in a message, which would travel in a cookie, and never again."""
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
