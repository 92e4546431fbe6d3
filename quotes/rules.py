"""What a game of 金句接龙 is: numbers, and how a sentence is cut in two (百姓学全会, design of S16)."""

from __future__ import annotations

from datetime import timedelta

STEPS = 5  # sentences a game
OPTIONS = 3  # second halves to choose from, one of them right
COUNTED_AN_HOUR = 200  # sentences of one place; what is played beyond that is not counted
SHOWN_FROM = 5  # sentences of a place, before its number is shown
A_GAME = timedelta(hours=2)  # after which it must be begun anew
SHORTEST, LONGEST = 8, 60  # characters of a sentence
_STOPS = "，；：、,;:"


def cut(sentence: str) -> tuple[str, str]:
    """Return the two halves of a sentence: cut behind the stop nearest to its middle (the first of two as near), else in the middle.

    A stop at the very end divides nothing. The halves together are the sentence, without spaces around it.
    """
    text = sentence.strip()
    middle = len(text) / 2
    stops = [at + 1 for at, letter in enumerate(text[:-1]) if letter in _STOPS]
    at = min(stops, key=lambda place: abs(place - middle), default=(len(text) + 1) // 2)
    return text[:at], text[at:]
