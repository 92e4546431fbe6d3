"""`{% page_links "building" place.pk as links %}`: the links that other apps put on a page, by their portals."""

from __future__ import annotations

from django import template
from django.urls import reverse

from baibuting.common.portal import portals

register = template.Library()


@register.simple_tag
def page_links(page: str, *arguments: object) -> list[dict[str, str]]:
    """Return {url, label} of every link to that page, lowest floor first; `arguments` are those of the addresses."""
    return [
        {"url": reverse(link.address, args=arguments), "label": link.label}
        for portal in portals().values()
        for link in portal.page_links
        if link.page == page
    ]
