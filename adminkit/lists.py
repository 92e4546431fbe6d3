"""What lists of the admin are made of: filters over fixed words, states as colours, sealed text that is not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString


class WordFilter(admin.SimpleListFilter):
    """A filter over fixed words. With a `default` the list shows that much until something else is asked for."""

    words: ClassVar[Sequence[tuple[str, str]]] = ()
    default: ClassVar[str] = ""
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.words

    def condition(self, word: str) -> Any:
        """Return the rows that a word means."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        word = self.value() or self.default
        if not word or word == self.ALL:
            return queryset
        if word not in dict(self.lookup_choices):
            return queryset.none()
        return queryset.filter(self.condition(word))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """ "全部" goes first; where there is a default it has to be asked for."""
        chosen = self.value() or self.default
        name = str(self.parameter_name)
        every = {name: self.ALL} if self.default else {}
        yield {
            "selected": not chosen or chosen == self.ALL,
            "query_string": changelist.get_query_string(every, [] if every else [name]),
            "display": "全部",
        }
        for word, label in self.lookup_choices:
            yield {
                "selected": chosen == str(word),
                "query_string": changelist.get_query_string({name: word}),
                "display": label,
            }


def chip(kind: str, text: str) -> SafeString:
    """Return a state as colour and words; `kind` is overdue, today, week, done, nobody or plain."""
    return format_html('<span class="chip chip-{}">{}</span>', kind, text)


def hidden(obj: Any, field: str) -> str:
    """Return what stands for sealed text that nobody has asked to see."""
    return "已填写，内容已隐藏" if obj.__dict__.get(field) else "未填写"
