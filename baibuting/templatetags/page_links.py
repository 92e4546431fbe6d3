"""`{% page_links "building" place.pk as links %}`: the links that other apps declare for a page."""

from __future__ import annotations

from django import template

from baibuting.common.portal import page_links

register = template.Library()
register.simple_tag(page_links)
