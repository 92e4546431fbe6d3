"""The name of a row's person, and what a remark behind it says became of him."""

from __future__ import annotations

import re

from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.meaning import Fate, fate_of, split_remarks
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import half_width, says_nothing
from baibuting.common.tabular.values import parse_name

_SEVERAL = re.compile(r"[、,，/／;；&＆+＋\n]|(?<=[\u4e00-\u9fff])(?:和|及|与)(?=[\u4e00-\u9fff]{2})")
_COUPLE = re.compile(
    r"(?:夫妇|夫妻|两口子|老两口|母子|母女|父子|父女|兄弟|姐妹|姊妹|一家|全家)(?:[二两俩三四五]人|俩)?$"
)
_BEHIND = re.compile(r"[-—–:：\s]+(?P<remark>\S*)$")


def take_name(given: RowInput) -> tuple[str, Fate | None]:
    """The name, and what the remark behind it says became of the person; refusals are written down."""
    return given.take("name", read_person_name, ("", None))


def read_person_name(cell: Cell) -> tuple[str, Fate | None]:
    """The same of a cell. Raises CellError, "several people" for two of them."""
    if says_nothing(cell):
        return parse_name(cell), None
    text, remarks = split_remarks(cell)
    text = half_width(text)
    fates = [fate for remark in remarks if (fate := fate_of(remark))]
    behind = _BEHIND.search(text)
    if behind and (fate := fate_of(behind["remark"])):
        text, fates = text[: behind.start()], [fate, *fates]
    if _SEVERAL.search(text) or _COUPLE.search(text):
        raise CellError("several people", "这一格是几个人，请一人一行，分开填写。")
    return parse_name(text), fates[0] if fates else None
