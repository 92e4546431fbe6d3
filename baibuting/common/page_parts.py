"""What apps declare for the pages of other apps: their links and their cards."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from baibuting.common.portal import portals


def page_links(page: str, *arguments: object) -> list[dict[str, str]]:
    """Return {url, label} of every link to a page, lowest floor first; `arguments` are those of the addresses."""
    return [
        {"url": reverse(link.address, args=arguments), "label": link.label}
        for portal in portals().values()
        for link in portal.page_links
        if link.page == page
    ]


def page_cards(request: HttpRequest, page: str, *rows: object) -> list[tuple[str, dict[str, Any]]]:
    """Return template and context of the cards of a page, lowest floor first; `rows` are those the page is about."""
    offered = (
        (card.template, card.context(request, *rows))
        for portal in portals().values()
        for card in portal.cards
        if card.page == page
    )
    return [(template, context) for template, context in offered if context is not None]
