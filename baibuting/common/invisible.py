"""Invisible characters: they are copied along from chats, web pages and other systems, and belong to no word."""

from __future__ import annotations

INVISIBLE = frozenset(
    map(
        chr,
        (
            0x00AD,  # soft hyphen
            0x034F,
            0x061C,
            *range(0x115F, 0x1161),  # Hangul fillers, blank on every screen
            0x180E,
            *range(0x200B, 0x2010),  # zero width, marks of direction
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2070),
            0x3164,
            0xFFA0,
            *range(0xFE00, 0xFE10),  # variation selectors: the character before them is the same one
            0xFEFF,
            *range(0xFFF9, 0xFFFC),
            0xE0001,
            *range(0xE0020, 0xE0080),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
_TABLE = str.maketrans(dict.fromkeys(INVISIBLE))


def without_invisible(text: str) -> str:
    """Return the text without invisible characters; blanks and line ends stay."""
    # called several times for every cell: translating is expensive and almost never needed
    return text if INVISIBLE.isdisjoint(text) else text.translate(_TABLE)
