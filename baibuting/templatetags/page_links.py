"""What other apps declare for a page.

`{% page_links "building" place.pk as links %}`: their links; `{% page_cards "phone:person" resident %}`: their cards.
"""

from __future__ import annotations

from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe

from baibuting.common import page_parts

register = template.Library()
register.simple_tag(page_parts.page_links)


@register.simple_tag(takes_context=True)
def page_cards(context: RequestContext, page: str, *rows: object) -> SafeString:
    """Return the cards of a page, one after the other.

    They are rendered in the page's own context, as an include is: rendered by themselves, each would work out the bar
    and all else that every page has once more.
    """
    drawn = []
    for name, values in page_parts.page_cards(context.request, page, *rows):
        template = context.template.engine.get_template(name)  # type: ignore[union-attr]
        with context.push(**values):
            drawn.append(template.render(context))
    return mark_safe("".join(drawn))  # noqa: S308  each is rendered
