"""A game as a pure function of its sentences and its seed: what is asked, and what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from quotes.rules import OPTIONS, STEPS


@dataclass(frozen=True, slots=True)
class Sentence:
    """The two halves of a sentence."""

    first_half: str
    second_half: str


@dataclass(frozen=True, slots=True)
class Question:
    """A first half, and the second halves to choose from; `right` is the position of its own."""

    first_half: str
    options: tuple[str, ...]
    right: int


def is_playable(sentences: Sequence[Sentence]) -> bool:
    """Return whether there are enough different second halves to choose from."""
    return len({one.second_half for one in sentences}) >= OPTIONS


def questions(sentences: Sequence[Sentence], seed: str) -> list[Question]:
    """Return the questions of a game, STEPS at most; the same sentences and seed give the same ones.

    Raises ValueError for sentences that are not playable.
    """
    if not is_playable(sentences):
        raise ValueError("too few different second halves")
    chance = Random(seed)  # noqa: S311 - a game
    asked = chance.sample(range(len(sentences)), min(STEPS, len(sentences)))
    return [_question(sentences, sentences[at], chance) for at in asked]


def _question(sentences: Sequence[Sentence], asked: Sentence, chance: Random) -> Question:
    others = sorted({one.second_half for one in sentences} - {asked.second_half})
    options = [asked.second_half, *chance.sample(others, OPTIONS - 1)]
    chance.shuffle(options)
    return Question(asked.first_half, tuple(options), options.index(asked.second_half))
