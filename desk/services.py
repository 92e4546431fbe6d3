"""Writes of the desk: filters that an account keeps for itself."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from desk.models import SavedFilter
from desk.saved_filters import MOST_FILTERS, kept_query, own_filters


@transaction.atomic
def saved_filter_create(*, user: User, listed: str, query: str, name: str) -> SavedFilter:
    """Keep a list's conditions under a name; the same conditions once more only rename them.

    Raises ValidationError without a name or conditions, and for one too many.
    """
    name, query = name.strip(), kept_query(query)
    longest = SavedFilter._meta.get_field("name").max_length or 0
    if not name or len(name) > longest:
        raise ValidationError(f"请给这组条件起个名字，最多 {longest} 个字，如：一片区逾期。")
    if not query:
        raise ValidationError("还没有选筛选条件，请先选好再保存；查找的字不保存。")
    User.objects.select_for_update().get(pk=user.pk)
    own = own_filters(user, listed)
    found = own.filter(query=query).first()
    if found is None:
        if own.count() >= MOST_FILTERS:
            raise ValidationError(f"一个列表最多保存 {MOST_FILTERS} 组条件，请先删去不用的。")
        found = SavedFilter(user=user, listed=listed, query=query)
    found.name = name
    found.full_clean()
    found.save()
    return found


@transaction.atomic
def saved_filter_delete(*, saved_filter: SavedFilter) -> None:
    """Delete a kept filter; nothing of the list changes."""
    saved_filter.delete()
