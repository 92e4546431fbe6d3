"""Lists of sentences that anybody may play with, and how many were played at a place. Nothing of who played."""

from __future__ import annotations

from django.db import models

from baibuting.common.plain_text import plain_text
from buildings.models import Place
from buildings.rules import new_code
from buildings.scope import ScopedQuerySet
from quotes.game import Sentence
from quotes.rules import LONGEST


class QuoteList(models.Model):
    """The sentences of one document, played in a community while the list is open."""

    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=40, help_text="如：十九届五中全会金句")
    source = models.CharField("出处", max_length=60, help_text="如：十九届五中全会公报")
    is_open = models.BooleanField(
        "开放", default=True, help_text="开放后，扫楼栋公示牌或本接龙的二维码就能玩"
    )
    code = models.CharField("接龙码", max_length=20, unique=True, default=new_code, editable=False)
    made_at = models.DateTimeField("建立时间", editable=False)

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "金句接龙"
        verbose_name_plural = "金句接龙"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "title"],
                name="quotes_list_title_once",
                violation_error_message="这个社区已有同名的金句接龙，请换一个名称。",
            ),
            *plain_text("title", "source"),
        ]

    def __str__(self) -> str:
        return self.title


class Quote(models.Model):
    """One sentence of a list, in its two halves."""

    quote_list = models.ForeignKey(
        QuoteList, verbose_name="金句接龙", on_delete=models.CASCADE, related_name="quotes", editable=False
    )
    position = models.PositiveSmallIntegerField("次序", editable=False)
    first_half = models.CharField("上半句", max_length=LONGEST)
    second_half = models.CharField("下半句", max_length=LONGEST)
    is_used = models.BooleanField("使用", default=True, help_text="不再使用的去掉勾选")

    place_lookup = "quote_list__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "金句"
        verbose_name_plural = "金句"
        ordering = ["quote_list", "position"]
        constraints = [
            models.UniqueConstraint(fields=["quote_list", "position"], name="quotes_position_once"),
            models.UniqueConstraint(
                fields=["quote_list", "first_half", "second_half"],
                name="quotes_sentence_once",
                violation_error_message="这一句已经在这个接龙里了。",
            ),
            *plain_text("first_half", "second_half"),
        ]

    def __str__(self) -> str:
        return f"{self.first_half}{self.second_half}"

    @property
    def sentence(self) -> Sentence:
        """Its halves, as the game takes them."""
        return Sentence(self.first_half, self.second_half)


class DayTally(models.Model):
    """How many sentences of a list were played at a place on a day, and how many of them rightly.

    The place is the building whose code was read, or the community, where it was the list's own. Written by
    `quotes.services` alone, by adding to it.
    """

    quote_list = models.ForeignKey(QuoteList, on_delete=models.CASCADE, related_name="tallies")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日期")
    played = models.PositiveIntegerField("已接", default=0)
    right = models.PositiveIntegerField("接对", default=0)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "每日接龙"
        verbose_name_plural = "每日接龙"
        constraints = [
            models.UniqueConstraint(fields=["quote_list", "place", "day"], name="quotes_tally_once"),
            models.CheckConstraint(
                condition=models.Q(right__lte=models.F("played")), name="quotes_right_was_played"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.played}"


class Game(models.Model):
    """How far a game under way has come, so that an answer sent twice counts once. Gone when the game is too old.

    `key` is drawn for the game and stands in its page; it names nobody.
    """

    key = models.CharField(max_length=20, unique=True)
    step = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(db_index=True)  # old ones are looked for whenever a game begins

    class Meta:
        verbose_name = "进行中的接龙"
        verbose_name_plural = "进行中的接龙"
        constraints = [*plain_text("key")]

    def __str__(self) -> str:
        return f"{self.step}"
