"""How long rows are kept, and what erasing a person (删除个人信息) means for them: what an app declares of its own models.

See docs/adr/0126 and 0127.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

ERASED = "已删除"  # the name of an erased person, and of what stands where words must


@dataclass(slots=True)
class ErasedPerson:
    """Whose rows are looked for: the keys of a registration and of those merged into it, and the moment.

    `words` are the name and numbers by which other texts mention them. `found` holds the keys of their rows by model
    ("app.model"), filled in the order of the floors: rows of lower floors are known to higher ones.
    """

    keys: frozenset[int]
    community_id: int
    at: datetime
    words: tuple[str, ...] = ()
    found: dict[str, list[int]] = field(default_factory=dict)

    def of(self, *labels: str) -> list[int]:
        """Return the keys of the rows of models found so far."""
        return [pk for label in labels for pk in self.found.get(label, ())]


@dataclass(frozen=True, slots=True)
class RowErasure:
    """What becomes of one model's rows when the person they hang on is erased.

    `rows` returns them; without it the model's rows are of no single person, and `keeps` says so. `becomes` maps
    columns to what stands in them afterwards, where anything stood there before; `keeps` maps columns that can hold
    words to the reason why they stay. Rows that `deletes` go as a whole. `change` does what columns cannot say, before
    all that. Pages count the rows as `label`. `last`: found when the rows of all other models are known.
    """

    model: str
    label: str
    rows: Callable[[ErasedPerson], QuerySet[Any]] | None = None
    becomes: Mapping[str, Any] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    deletes: bool = False
    change: Callable[[QuerySet[Any], ErasedPerson], None] | None = None
    last: bool = False

    @property
    def is_touched(self) -> bool:
        """Return whether anything of its rows goes."""
        return bool(self.deletes or self.becomes or self.change)

    @property
    def fate(self) -> str:
        """Return in Chinese what becomes of its rows."""
        if self.deletes:
            return "整条删除"
        return "姓名和文字删除，日期和数字保留" if self.is_touched else "保留，其中没有姓名"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows are kept, and what happens to older ones in the monthly tidying.

    `code` names it in the setting KEEP_DAYS, `label` on the command's output; `days` is the default and `least` the
    shortest time an installation may set. `rows` returns those that are older than a moment and not yet tidied;
    `remove` tidies the rows with these keys, by default deletes them. `model` is what the trail says was tidied. Rows
    that are `only_counted` are left to people, whom the command tells how many there are.
    """

    code: str
    model: str
    label: str
    days: int
    least: int
    rows: Callable[[datetime], QuerySet[Any]]
    remove: Callable[[Collection[int]], None] | None = None
    only_counted: bool = False

    @property
    def kept_days(self) -> int:
        """Return the days that this installation keeps them."""
        return int(settings.KEEP_DAYS.get(self.code, self.days))
