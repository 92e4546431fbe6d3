"""Files and requests made to fell the machine are refused at once: within two seconds and 150 MB, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
import zlib
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from django.conf import settings

from tests.common.books import xlsx
from tests.processes import REPOSITORY

SECONDS, MEGABYTES = 2.0, 150
# The time from where a worker stands that has everything imported, and the most memory it ever took.
MEASURED = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
def memory(what):  # in MB; what getrusage tells begins with the parent's
    with open("/proc/self/status") as status:
        return [int(line.split()[1]) / 1024 for line in status if line.startswith(what)][0]
{prepare}
started = time.perf_counter()
{attempt}
took = time.perf_counter() - started
print(json.dumps([said, took, memory("VmHWM")]))
"""
ROSTER = (
    "from baibuting.common.tabular.reading import open_book\n"
    "from baibuting.common.tabular.problems import TabularError\n"
    "data = sys.stdin.buffer.read()",
    "try:\n    said = len(open_book(data).sheets)\nexcept TabularError as error:\n    said = error.message",
)
PHOTO = (
    "from django.core.exceptions import ValidationError\nfrom baibuting.common.pictures import redrawn\ndata = sys.stdin.buffer.read()",
    "try:\n    said = len(redrawn(data))\nexcept ValidationError as error:\n    said = error.messages[0]",
)
UPLOAD = (
    """
import django
django.setup()
from django.core.wsgi import get_wsgi_application
class Body:
    read_bytes = 0
    def read(self, size=-1):
        size = 65536 if size < 0 else size
        Body.read_bytes += size
        return b"x" * size
    readline = read
application = get_wsgi_application()
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/rosters/care/", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": Body(), "wsgi.errors": sys.stderr,
    "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(100 * 1024 * 1024),
}
""",
    """
answer = []
body = b"".join(application(environ, lambda status, headers: answer.append(status)))
said = [answer[0], Body.read_bytes, "31 MB" in body.decode()]
""",
)


def measured(work: tuple[str, str], data: bytes = b"") -> Any:
    """What was said; it took no more than is allowed."""
    prepare, attempt = work
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(prepare=prepare, attempt=attempt)],
        input=data, cwd=REPOSITORY, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    said, seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
    return said


def with_part(name: str, change: Any) -> bytes:
    """An honest workbook with one part changed."""
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(xlsx([["姓名"], ["王小明"]]))) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, change(part) if entry.filename == name else part)
    return target.getvalue()


def png(width: int, height: int) -> bytes:
    """A picture of one colour, a byte a pixel; most of it zeros that shrink to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    squeezed = zlib.compressobj(9)
    rows = b"".join(squeezed.compress(b"\0" * (width + 1)) for _ in range(height)) + squeezed.flush()
    head = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_it_works() -> None:
    """An honest file is read in the same process."""
    assert measured(ROSTER, xlsx([["姓名"], ["王小明"]])) == 1


def test_a_small_workbook_that_claims_every_cell_there_is() -> None:
    claim = b'<dimension ref="A1:XFD1048576"'
    bomb = with_part("xl/worksheets/sheet1.xml", lambda part: re.sub(rb'<dimension ref="[^"]*"', claim, part))
    assert len(bomb) < 8 * 1024
    assert "占满了整张工作表" in measured(ROSTER, bomb)


def test_a_cell_in_the_last_corner() -> None:
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    bomb = with_part("xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", corner))
    assert "超出可读的范围" in measured(ROSTER, bomb)


def test_a_zip_bomb() -> None:
    target = BytesIO(xlsx([["姓名"], ["王小明"]]))
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/media/image1.png", "w") as part,
    ):
        for _ in range(300):
            part.write(b"\0" * 1024 * 1024)
    bomb = target.getvalue()
    assert len(bomb) < 1024 * 1024
    assert "文件太大" in measured(ROSTER, bomb)


@pytest.mark.skipif(find_spec("phone") is None, reason="no pages for phones in this tree")
def test_a_picture_of_169_megapixels() -> None:
    bomb = png(13_000, 13_000)
    assert len(bomb) < 1024 * 1024
    assert "像素太多" in measured(PHOTO, bomb)


def test_an_upload_of_100_megabytes_is_not_even_read() -> None:
    assert measured(UPLOAD) == ["413 Request Entity Too Large", 0, True]


def test_limits_stand_before_any_parsing() -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 2621440
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 1000
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES <= 10
    assert settings.LARGEST_REQUEST == settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert Path(REPOSITORY / "templates" / "413.html").exists()
