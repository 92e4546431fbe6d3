"""Lists of sentences, and each sentence."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from buildings.admin_base import ObjectPage, ScopedAdmin
from buildings.viewer import viewer_of
from quotes.forms import LinesForm, QuoteListForm
from quotes.models import Quote, QuoteList
from quotes.selectors import with_counts
from quotes.services import quote_change, quote_list_change, quote_list_create, quotes_add


class LinesPage(ObjectPage):
    name, label, submit_label, is_main = "lines", "加入金句", "加入", True
    form_class = LinesForm
    explanation = "已经在这个接龙里的句子不会重复加入。"

    def submit(self, request: HttpRequest, obj: QuoteList, form: Any) -> str:
        count = quotes_add(quote_list=obj, lines=form.cleaned_data["lines"])
        return f"已加入 {count} 句。" if count else "这些句子都已经在这个接龙里，没有新加入。"


@admin.register(QuoteList)
class QuoteListAdmin(ScopedAdmin):
    index_position = 10
    form = QuoteListForm
    list_display = ["title", "source", "is_open", "sentence_count", "played_count"]
    list_filter = ["is_open"]
    search_fields = ["title", "source"]
    search_help_text = "名称或出处"
    sortable_by = ()
    object_pages = [LinesPage]
    empty_hint = "新增一个接龙，粘贴金句，居民扫公示牌上的二维码就能玩。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuoteList]:
        """Return lists with how many of their sentences are used, and how often any was played."""
        return with_counts(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["community", "shown_code"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = ["community", "title", "source", "is_open"]
        return [*own, "shown_code"] if obj else [*own, "lines"]

    def create_with(self, request: HttpRequest, form: Any) -> QuoteList:
        return quote_list_create(**form.cleaned_data, now=viewer_of(request).now)

    def change_with(self, request: HttpRequest, obj: QuoteList, form: Any) -> QuoteList:
        return quote_list_change(quote_list=obj, **form.cleaned_data)

    @admin.display(description="句数")
    def sentence_count(self, quote_list: QuoteList) -> str:
        return f"{quote_list.used} 句"  # type: ignore[attr-defined]

    @admin.display(description="已接")
    def played_count(self, quote_list: QuoteList) -> str:
        return f"{quote_list.played} 次"  # type: ignore[attr-defined]

    @admin.display(description="二维码")
    def shown_code(self, quote_list: QuoteList) -> SafeString:
        """Return the public address and its QR code, made by the library from our own address."""
        address = f"{settings.PUBLIC_URL}{reverse('quotes:by_list', args=[quote_list.code])}"
        if not settings.PUBLIC_URL:
            return format_html("{}（还没有设置对外网址，二维码暂不能张贴）", address)
        drawn = segno.make(address, error="m", micro=False)
        svg = drawn.svg_inline(scale=4, border=2, svgclass=None, lineclass=None)
        return format_html("{}<br>{}", address, mark_safe(svg))  # noqa: S308


@admin.register(Quote)
class QuoteAdmin(ScopedAdmin):
    """Sentences come in by their list; here one is corrected, or left out of play."""

    index_position = 20
    can_add = False
    list_display = ["shown_sentence", "quote_list", "is_used"]
    list_filter = ["quote_list", "is_used"]
    list_select_related = ["quote_list"]
    search_fields = ["first_half", "second_half"]
    search_help_text = "句中的字"
    sortable_by = ()
    fields = ["first_half", "second_half", "is_used"]
    empty_hint = "在“金句接龙”里新增接龙时粘贴金句。"

    def change_with(self, request: HttpRequest, obj: Quote, form: Any) -> Quote:
        return quote_change(quote=obj, **form.cleaned_data)

    @admin.display(description="金句")
    def shown_sentence(self, quote: Quote) -> str:
        return f"{quote.first_half}｜{quote.second_half}"
