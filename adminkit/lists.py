"""Parts of the admin's lists: filters over fixed values, coloured states, placeholders for sealed text."""

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
    """A filter over fixed values. A `default` applies until another value is chosen."""

    words: ClassVar[Sequence[tuple[str, str]]] = ()
    default: ClassVar[str] = ""
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.words

    def condition(self, word: str) -> Any:
        """Return the condition of a value."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        word = self.value() or self.default
        if not word or word == self.ALL:
            return queryset
        if word not in dict(self.lookup_choices):
            return queryset.none()
        return queryset.filter(self.condition(word))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the choices, "全部" first; where there is a default, "全部" must be chosen explicitly."""
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
    """Return a state as a coloured label; `kind` is overdue, today, week, done, nobody or plain."""
    return format_html('<span class="chip chip-{}">{}</span>', kind, text)


def hidden(obj: Any, field: str) -> str:
    """Return the placeholder for sealed text: whether there is any."""
    return "已填写，内容已隐藏" if obj.__dict__.get(field) else "未填写"
