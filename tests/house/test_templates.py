"""Templates can be read: no line runs out of sight, and each lies in the folder of the app whose page it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.house.hidden import TEMPLATES

LONGEST = 160  # characters
# what stands around pages, and what is shown instead of one; all others lie in the folder of an app or of the admin
AROUND = {"base.html", "bar.html", "messages.html", "page_sizes.html", "pages.html"}
REFUSALS = {"400.html", "403.html", "403_csrf.html", "404.html", "413.html", "500.html", "503.html"}


def long_lines(root: Path = TEMPLATES) -> Iterator[tuple[str, int]]:
    """(template, line) for lines that are longer than anybody reads."""
    for path in sorted(root.rglob("*.html")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if len(line) > LONGEST:
                yield str(path.relative_to(root)), number


def test_it_works(tmp_path: Path) -> None:
    """A line is found where it is too long, in characters and not in bytes."""
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "home.html").write_text(f"{'责' * LONGEST}\n<p>\n{'责' * (LONGEST + 1)}\n")
    assert list(long_lines(tmp_path)) == [("desk/home.html", 3)]


def test_no_line_is_too_long() -> None:
    assert list(long_lines()) == []


def test_no_page_of_an_app_lies_loose() -> None:
    assert {path.name for path in TEMPLATES.glob("*.html")} == AROUND | REFUSALS
