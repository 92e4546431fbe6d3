"""Writes on lists, their sentences, and what was played of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from baibuting.common.days import local_day
from buildings.caps import within_cap
from buildings.models import Place
from quotes.models import DayTally, Game, Quote, QuoteList
from quotes.rules import A_GAME, COUNTED_AN_HOUR, LONGEST, SHORTEST, cut

AN_HOUR = timedelta(hours=1)


@transaction.atomic
def quote_list_create(
    *, community: Place, title: str, source: str, is_open: bool, lines: str, now: datetime
) -> QuoteList:
    """Make a list of the sentences in `lines`, one a line. Raises ValidationError, naming the line, for one that cannot be used."""
    made = QuoteList(
        community=community, title=title.strip(), source=source.strip(), is_open=is_open, made_at=now
    )
    made.full_clean()
    made.save()
    quotes_add(quote_list=made, lines=lines)
    return made


@transaction.atomic
def quote_list_change(*, quote_list: QuoteList, title: str, source: str, is_open: bool) -> QuoteList:
    """Change what a list is called, and whether it is played. Raises ValidationError."""
    quote_list.title, quote_list.source, quote_list.is_open = title.strip(), source.strip(), is_open
    quote_list.full_clean()
    quote_list.save(update_fields=["title", "source", "is_open"])
    return quote_list


@transaction.atomic
def quotes_add(*, quote_list: QuoteList, lines: str) -> int:
    """Add sentences to a list, one a line, and return how many; those that are in it already are left out.

    Raises ValidationError at "lines", naming the line, where one is too short, too long, or breaks the rule of its column.
    """
    QuoteList.objects.select_for_update().get(pk=quote_list.pk)
    known = {str(one) for one in quote_list.quotes.all()}
    last = quote_list.quotes.aggregate(last=Max("position"))["last"] or 0
    quotes: list[Quote] = []
    for number, line in enumerate(lines.splitlines(), 1):
        text = line.strip()
        if not text or text in known:
            continue
        known.add(text)
        quotes.append(_quote(quote_list, last + len(quotes) + 1, text, number))
    Quote.objects.bulk_create(quotes)
    return len(quotes)


def _quote(quote_list: QuoteList, position: int, text: str, number: int) -> Quote:
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValidationError(
            {
                "lines": f"第 {number} 行有 {len(text)} 个字。一句金句请写 {SHORTEST} 到 {LONGEST} 个字，一行一句。"
            }
        )
    first, second = cut(text)
    quote = Quote(quote_list=quote_list, position=position, first_half=first, second_half=second)
    try:
        quote.full_clean(validate_unique=False)
    except ValidationError as error:
        raise ValidationError({"lines": f"第 {number} 行：{'；'.join(error.messages)}"}) from error
    return quote


@transaction.atomic
def quote_change(*, quote: Quote, first_half: str, second_half: str, is_used: bool) -> Quote:
    """Correct the halves of a sentence, or leave it out of play. Raises ValidationError."""
    quote.first_half, quote.second_half, quote.is_used = first_half.strip(), second_half.strip(), is_used
    quote.full_clean()
    quote.save(update_fields=["first_half", "second_half", "is_used"])
    return quote


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a page has sent it: of which game, at which of its steps (from 0), and whether it was right."""

    game: str
    begun_at: datetime
    step: int
    is_right: bool


@transaction.atomic
def answer_count(*, quote_list: QuoteList, place: Place, answer: Answer, now: datetime) -> bool:
    """Count a sentence as played at a place. Return False where this step was counted before, or the place's hour is full."""
    if answer.step == 0:
        Game.objects.filter(begun_at__lt=now - A_GAME).delete()
        Game.objects.bulk_create([Game(key=answer.game, begun_at=answer.begun_at)], ignore_conflicts=True)
    at_this_step = Game.objects.filter(key=answer.game, step=answer.step)
    if not at_this_step.update(step=answer.step + 1):
        return False
    if not within_cap(key=f"quotes|{place.pk}", most=COUNTED_AN_HOUR, per=AN_HOUR, now=now):
        return False
    key = {"quote_list": quote_list, "place": place, "day": local_day(now)}
    DayTally.objects.bulk_create([DayTally(**key)], ignore_conflicts=True)
    DayTally.objects.filter(**key).update(played=F("played") + 1, right=F("right") + int(answer.is_right))
    return True
