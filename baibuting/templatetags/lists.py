"""Parts of the portal's own lists.

`{% sort_head "due" "应办日期" %}`: a column's head, a link where the page has a `sorting`. `{% below address %}`: an
address on a page about a place, without the names of that place and of what it lies in.
"""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
ARROWS = {"ascending": "↑", "descending": "↓", "": ""}


@register.simple_tag(takes_context=True)
def sort_head(context: Context, name: str, title: str, kind: str = "") -> SafeString:
    """Return a column's head with its link and its order; without a `sorting` on the page the title alone."""
    sorting = context.get("sorting")
    head = sorting.head(name) if sorting is not None else None
    css = format_html(' class="{}"', kind) if kind else ""
    if head is None:
        return format_html("<th{}>{}</th>", css, title)
    order = format_html(' aria-sort="{}"', head.state) if head.state else ""
    return format_html(
        '<th{}{}><a class="sort" href="{}">{}<span aria-hidden="true">{}</span></a></th>',
        css, order, head.url, title, ARROWS[head.state],
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def below(context: Context, address: str) -> str:
    """Return an address without the place whose page it stands on, which is `within`; as it is elsewhere."""
    within = context.get("within")
    return address.removeprefix(f"{within} ") if within else address
