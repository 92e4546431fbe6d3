"""减负 (国办函〔2026〕12号): nobody signs in to be counted, is ranked, timed online, or must take a picture."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.hidden import TEMPLATES, strings_in
from tests.house.source import APPS, ROOT

FORBIDDEN = re.compile("打卡|积分|排行|在线时长")
# a picture is never asked for: a field for files on the phone's pages that must be filled in, or opens the camera
COMPULSORY = re.compile(r"<input(?=[^>]*type=\"file\")(?=[^>]*(?:required|capture))[^>]*>")


def words_on_pages(folder: Path = TEMPLATES) -> Iterator[str]:
    """Yield what templates and scripts say that nobody should have to read."""
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.js")]):
        for found in FORBIDDEN.findall(path.read_text(encoding="utf-8")):
            yield f"{path.name}: {found}"


def words_in_code() -> Iterator[str]:
    """Yield what messages, labels and help texts of the apps say of it."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for line, text in strings_in(tree):
                for found in FORBIDDEN.findall(text):
                    yield f"{path.relative_to(ROOT)}:{line}: {found}"


def test_it_works(tmp_path: Path) -> None:
    """A word is found where it stands, and so is a picture that must be taken."""
    (tmp_path / "page.html").write_text("<p>本月积分排行</p>", encoding="utf-8")
    assert list(words_on_pages(tmp_path)) == ["page.html: 积分", "page.html: 排行"]
    assert COMPULSORY.search('<input type="file" name="photo" required>')
    assert COMPULSORY.search('<input capture type="file">')
    assert not COMPULSORY.search('<input type="file" name="photo" accept="image/*" multiple>')


def test_no_page_says_it() -> None:
    assert list(words_on_pages()) == []
    assert list(words_on_pages(ROOT / "static" / "js")) == []


def test_no_message_says_it() -> None:
    assert list(words_in_code()) == []


def test_no_picture_must_be_taken() -> None:
    pages = [*(TEMPLATES / "phone").rglob("*.html"), *(TEMPLATES / "visits").rglob("*.html")]
    assert [path.name for path in pages if COMPULSORY.search(path.read_text(encoding="utf-8"))] == []
