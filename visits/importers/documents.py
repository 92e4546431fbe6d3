"""A person's documents in a roster: the mainland ID card, or another kind with its number."""

from __future__ import annotations

import re

from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, says_nothing
from baibuting.common.tabular.values import parse_id_number
from residents.choices import DocumentKind

ID_CARD = "身份证"
_KIND_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (DocumentKind.RESIDENCE, ("居住证",)),
    (DocumentKind.FOREIGNER, ("永久居留", "永居", "外国人居留", "居留证", "居留许可")),
    (DocumentKind.HONGKONG_MACAO, ("港澳", "香港", "澳门", "回乡证")),
    (DocumentKind.TAIWAN, ("台湾", "台胞", "大陆通行证")),
    (DocumentKind.PASSPORT, ("护照", "passport")),
    (
        DocumentKind.OFFICER,
        ("军官", "军人", "士兵", "士官", "武警", "警官", "文职", "学员证", "离休", "军队"),
    ),
    (DocumentKind.BIRTH, ("出生医学", "出生证", "出生证明")),
    (DocumentKind.HOUSEHOLD_BOOK, ("户口簿", "户口本", "户口")),
    (DocumentKind.OTHER, ("其他", "其它", "其余")),
)
# Patterns as loose as the documents are old: they only reject what is certainly no number of the kind.
_SHAPES: dict[str, re.Pattern[str]] = {
    DocumentKind.PASSPORT: re.compile(r"[A-Z0-9]{5,15}"),
    DocumentKind.HONGKONG_MACAO: re.compile(r"[HM]?\d{8,10}"),
    DocumentKind.TAIWAN: re.compile(r"[A-Z]?\d{7,10}(?:\([A-Z0-9]{1,2}\)|[A-Z])?"),
    DocumentKind.RESIDENCE: re.compile(r"8[123]0000\d{11}[\dX]"),
    DocumentKind.FOREIGNER: re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
    DocumentKind.OFFICER: re.compile(r"[\u4e00-\u9fffA-Z]{0,8}[-A-Z0-9]{4,18}号?"),
    DocumentKind.BIRTH: re.compile(r"[A-Z]\d{9}"),
}
_ANY = re.compile(r"[\u4e00-\u9fffA-Z0-9()./-]{4,40}")
_LOOKS_LIKE_ID = re.compile(r"\d{15,17}[\dX]|\d(?:\.\d+)?E\+?\d+")


def take_documents(given: RowInput) -> tuple[str, str, str]:
    """Return the ID number of a row, and the kind and number of another document; "" for none.

    The number may be in the ID number's column, with its kind beside it. An invalid ID number is refused; of another
    document only the cell is lost, with a warning.
    """
    kind = _kind_of(given)
    if kind in ("", ID_CARD) or not _stands_elsewhere(given):
        id_number = given.take("id_number", parse_id_number, "")
        kind = "" if kind == ID_CARD else kind
        number = _other_number(given, "document_number", kind) if given.has("document_number") else ""
        return id_number, *_kept(kind, number)
    text = _number_of(given.cell("id_number"))
    if _is_id_number(text) and kind != DocumentKind.RESIDENCE:
        if kind not in (DocumentKind.HOUSEHOLD_BOOK, DocumentKind.OTHER):
            given.warn(
                "document_kind", "document", "这个号码是身份证号，与证件类型不符，已按身份证登记，请核对。"
            )
        return text, "", ""
    return "", *_kept(kind, _other_number(given, "id_number", kind))


def _stands_elsewhere(given: RowInput) -> bool:
    """Return whether the number of another document is in the ID number's column."""
    return says_nothing(given.cell("document_number")) and not says_nothing(given.cell("id_number"))


def _kept(kind: str, number: str) -> tuple[str, str]:
    """Return what is kept: a kind without its number, but never a number without a kind."""
    return (kind or DocumentKind.OTHER, number) if number else (kind, "")


def _kind_of(given: RowInput) -> str:
    """Return ID_CARD, a DocumentKind, or "" for none; an unknown kind counts as 其他证件, with a warning."""
    cell = given.cell("document_kind")
    text = compact(cell).lower()
    if says_nothing(cell):
        return ""
    found = next((kind for kind, words in _KIND_WORDS if any(word in text for word in words)), None)
    if found is None and ID_CARD in text:
        return ID_CARD
    if found is None:
        given.warn("document_kind", "document kind", "不认识这种证件，已按“其他证件”登记，请核对证件类型。")
    return found or DocumentKind.OTHER


def _other_number(given: RowInput, key: str, kind: str) -> str:
    """Return the number of another document; a cell that holds none is lost with a warning."""
    cell = given.cell(key)
    if says_nothing(cell):
        return ""
    number = _number_of(cell)
    shape = _SHAPES.get(kind, _ANY)
    is_damaged = isinstance(cell, float) or (
        kind != DocumentKind.RESIDENCE and _LOOKS_LIKE_ID.fullmatch(number)
    )
    if shape.fullmatch(number) and not (is_damaged and kind != DocumentKind.FOREIGNER):
        return number
    given.warn(key, "document number", "这个号码与证件类型不符，没有采用，其余已采用，请按证件核对。")
    return ""


def _number_of(cell: Cell) -> str:
    """Return a number without blanks and apostrophes, in capitals and half-width signs."""
    return compact(cell).strip("'’‘`").upper().replace("（", "(").replace("）", ")")


def _is_id_number(text: str) -> bool:
    try:
        return bool(parse_id_number(text))
    except CellError:
        return False
