"""Style sheets: colours have names, and what is styled is somewhere."""

from __future__ import annotations

import re

from tests.house.source import ROOT

SHEETS = ROOT / "static" / "css"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])")
PAPER = {"#000", "#fff"}  # what is printed is black on white, whatever the screen's colours


def unnamed_colours(text: str) -> list[str]:
    """Colours that a sheet writes itself instead of by their name in tokens.css."""
    return [found for found in COLOUR.findall(text) if found.lower() not in PAPER]


def test_it_works() -> None:
    assert unnamed_colours(".a { color: #b42318; background: #FFF; }") == ["#b42318"]
    assert unnamed_colours("#fade .a { color: var(--overdue); }") == []


def test_every_colour_has_a_name() -> None:
    found = {path.name: unnamed_colours(path.read_text()) for path in SHEETS.glob("*.css")}
    assert found.pop("tokens.css")
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_every_name_is_one() -> None:
    """A sheet that uses a name nobody gives would show nothing, and no error."""
    sheets = "\n".join(path.read_text() for path in SHEETS.glob("*.css"))
    given = set(re.findall(r"(--[\w-]+)\s*:", sheets))
    assert set(re.findall(r"var\((--[\w-]+)\)", sheets)) - given == set()
