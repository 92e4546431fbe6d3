"""A game asks five sentences, each with its own second half among three."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.game import Sentence, is_playable, questions

SENTENCES = [Sentence(f"上{number}", f"下{number}") for number in range(9)]


def test_it_works() -> None:
    asked = questions(SENTENCES, "seed")
    assert len(asked) == 5
    assert len({one.first_half for one in asked}) == 5
    for question in asked:
        assert len(set(question.options)) == 3
        assert question.options[question.right] == question.first_half.replace("上", "下")


@given(st.text(max_size=20))
def test_the_same_seed_asks_the_same(seed: str) -> None:
    assert questions(SENTENCES, seed) == questions(list(SENTENCES), seed)


def test_another_seed_asks_something_else() -> None:
    assert len({str(questions(SENTENCES, str(seed))) for seed in range(20)}) > 10


def test_few_sentences_make_a_short_game() -> None:
    assert len(questions(SENTENCES[:3], "seed")) == 3


@pytest.mark.parametrize(
    "sentences", [[], SENTENCES[:2], [Sentence(f"上{number}", f"下{number % 2}") for number in range(9)]]
)
def test_too_few_second_halves_are_no_game(sentences: list[Sentence]) -> None:
    assert not is_playable(sentences)
    with pytest.raises(ValueError, match="too few"):
        questions(sentences, "seed")
