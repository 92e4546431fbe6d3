"""The guides as pages: docs/guide-*.md made into HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import markdown
from django.conf import settings
from django.templatetags.static import static
from markdown.extensions.toc import slugify_unicode

from guides.rules import GUIDES

PICTURES = "screenshots/"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a guide: the anchor it is found by, and its words."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A guide made into HTML, and the sections its table of contents lists."""

    html: str
    sections: tuple[Section, ...]


@cache
def page_of(name: str) -> Page:
    """Return a guide's page; read once a process, since a file of the release does not change. Raises KeyError."""
    text = (settings.BASE_DIR / "docs" / f"guide-{GUIDES[name].name}.md").read_text(encoding="utf-8")
    _title, _, body = text.partition("\n")
    maker = markdown.Markdown(
        extensions=["tables", "attr_list", "toc", "sane_lists"],
        extension_configs={"toc": {"slugify": slugify_unicode}},
    )
    html = maker.convert(body)
    for guide in GUIDES:
        html = html.replace(f'href="guide-{guide}.md', f'href="../{guide}/')
    html = re.sub(rf'<img ([^>]*)src="({PICTURES}[^"]+)"', _picture, html)
    tokens = maker.toc_tokens  # type: ignore[attr-defined]
    return Page(html, tuple(Section(found["id"], found["name"]) for found in tokens))


def _picture(found: re.Match[str]) -> str:
    return f'<img loading="lazy" {found[1]}src="{static(found[2])}"'
