"""Workbooks that open without a password although they are encrypted are read; a password of one's own is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from baibuting.common.tabular.compound import streams_of
from baibuting.common.tabular.limits import ENCRYPTED
from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.protected import package_in
from baibuting.common.tabular.reading import open_book
from tests.common.books import xls

FOLDER = Path(__file__).resolve().parent.parent / "data" / "cases" / "14-readonly-workbook-velvet-sweatshop"
PROTECTED = (FOLDER / "readonly.xlsx").read_bytes()


def refusal(streams: dict[str, bytes]) -> str:
    with pytest.raises(TabularError) as error:
        package_in(streams)
    return error.value.message


def test_it_works() -> None:
    plain = open_book((FOLDER / "plain.xlsx").read_bytes())
    assert open_book(PROTECTED).sheets == plain.sheets


def test_a_password_of_ones_own_stays_one() -> None:
    assert refusal(streams_of((FOLDER / "locked.xlsx").read_bytes())) == ENCRYPTED


def test_an_old_workbook_is_no_package() -> None:
    assert package_in(streams_of(xls([["姓名"]]))) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'spinCount="100000"', b'spinCount="900000000"'),
        (b'spinCount="100000"', b"spinCount='x'"),
        (b"ChainingModeCBC", b"ChainingModeCFB"),
        (b"SHA512", b"MD5"),
        (b"<keyEncryptors>", b"<keyEncryptor"),
        (b"<encryption ", b"<!DOCTYPE a><encryption "),
        (b"\x04\x00\x04\x00", b"\x04\x00\x02\x00"),
        (b"p:encryptedKey ", b"p:otherKey "),
    ],
)
def test_what_is_encrypted_otherwise_is_refused(old: bytes, new: bytes) -> None:
    streams = streams_of(PROTECTED)
    assert old in streams["EncryptionInfo"]
    assert refusal(streams | {"EncryptionInfo": streams["EncryptionInfo"].replace(old, new)}) == ENCRYPTED


def test_what_is_cut_off_is_refused() -> None:
    streams = streams_of(PROTECTED)
    for name in ("EncryptionInfo", "EncryptedPackage"):
        assert refusal(streams | {name: b"\0"}) == ENCRYPTED
