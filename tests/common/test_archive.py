"""A small .xlsx can claim, or unpack to, more than a machine holds: it is looked over before anything parses it."""

from __future__ import annotations

import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from baibuting.common.tabular import limits
from baibuting.common.tabular.archive import check_archive, column_number
from baibuting.common.tabular.problems import TabularError
from tests.common.books import xlsx

SHEET = "xl/worksheets/sheet1.xml"


def rebuilt(
    data: bytes, changes: dict[str, Callable[[bytes], bytes]], extra: dict[str, bytes] | None = None
) -> bytes:
    """The same archive with some parts changed or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, bytes)(old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return target.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(TabularError) as refused:
        check_archive(data)
    return refused.value.message


def test_it_works() -> None:
    check_archive(xlsx([["姓名", "电话"]] * 1000))
    assert [column_number(letters) for letters in (b"A", b"Z", b"AA", b"XFD")] == [1, 26, 27, 16384]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = rebuilt(xlsx([["a"]]), {}, {"xl/media/image1.png": b"\0" * (limits.MAX_PART_BYTES + 1)})
    assert len(bomb) < 100_000
    tracemalloc.start()
    started = time.monotonic()
    assert "文件太大" in refusal(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000
    assert time.monotonic() - started < 5


def test_a_sheet_of_one_letter_is_refused_by_its_ratio() -> None:
    sheet = b"<worksheet><sheetData>" + b"<row r='1'/>" * 1_000_000 + b"</sheetData></worksheet>"
    assert "文件太大" in refusal(rebuilt(xlsx([["a"]]), {SHEET: lambda _: sheet}))


def test_a_size_that_lies_is_measured() -> None:
    """The directory of the archive says 10 bytes; what counts is what comes out."""
    data = rebuilt(xlsx([["a"]]), {}, {"xl/media/image1.png": b"\0" * (limits.MAX_PART_BYTES + 1)})
    claimed = (limits.MAX_PART_BYTES + 1).to_bytes(4, "little")
    with pytest.raises(TabularError):
        check_archive(data.replace(claimed, (10).to_bytes(4, "little")))


def test_a_false_dimension_is_refused() -> None:
    """4 KB that made a reader take 5.8 GB."""
    data = rebuilt(
        xlsx([["a"]]),
        {SHEET: lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)},
    )
    assert "占满了整张工作表" in refusal(data)


def test_a_lonely_cell_far_away_is_refused() -> None:
    far = rebuilt(xlsx([["a"]]), {SHEET: lambda xml: xml.replace(b'r="A1"', b'r="A1048000"')})
    assert "延伸到第 1048000 行" in refusal(far)
    wide = rebuilt(xlsx([["a"]]), {SHEET: lambda xml: xml.replace(b'r="A1"', b'r="XFD1"')})
    assert "第 16384 列" in refusal(wide)


def test_cells_without_positions_are_counted() -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * (limits.MAX_COLUMNS + 1) + b"</row>"
    data = rebuilt(
        xlsx([["a"]]),
        {
            SHEET: lambda xml: re.sub(
                rb"<sheetData>.*</sheetData>", b"<sheetData>" + row + b"</sheetData>", xml
            )
        },
    )
    assert f"第 {limits.MAX_COLUMNS + 1} 列" in refusal(data)


def test_borders_below_the_last_row_do_not_count() -> None:
    """Styled empty cells down to row 100 000 are everywhere; they hold nothing."""
    styled = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (at, at) for at in range(2, 100_000))
    data = rebuilt(xlsx([["a"]]), {SHEET: lambda xml: xml.replace(b"</sheetData>", styled + b"</sheetData>")})
    check_archive(data)


def test_a_document_type_is_refused() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    assert "DTD" in refusal(rebuilt(xlsx([["a"]]), {SHEET: lambda xml: entity + xml}))


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ARCHIVE_ENTRIES", 5)
    assert "文件太大" in refusal(xlsx([["a"]]))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/workbook.bin": b""}, "xlsb"),
        ({"word/document.xml": b""}, "Word"),
        ({"content.xml": b"", "mimetype": b""}, "ods"),
        ({"名册.xlsx": b""}, "压缩包"),
    ],
)
def test_other_archives_are_told_what_they_are(parts: dict[str, bytes], said: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert said in refusal(target.getvalue())


def test_an_archive_with_a_password_is_told_so() -> None:
    data = bytearray(xlsx([["a"]]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    assert "打开密码" in refusal(bytes(data))
