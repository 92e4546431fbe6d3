"""What other apps declare for a page.

`{% page_links "building" place.pk as links %}`: their links; `{% page_cards "phone:person" resident %}`: their cards.
"""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from baibuting.common import page_parts

register = template.Library()
register.simple_tag(page_parts.page_links)


@register.simple_tag(takes_context=True)
def page_cards(context: Context, page: str, *rows: object) -> SafeString:
    """Return the cards of a page, one after the other."""
    return mark_safe("".join(page_parts.page_cards(context["request"], page, *rows)))  # noqa: S308  each is rendered
