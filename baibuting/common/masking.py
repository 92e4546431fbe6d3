"""Masks for personal data that is not disclosed to the viewer: 张**, 138****1234.

Lengths are hidden too where they would disclose something, so stars do not match characters one by one.
"""

from __future__ import annotations

import re

from baibuting.common.keeping import ERASED

HIDDEN = "****"
_NUMBER = re.compile(r"\d(?:-?\d)*", re.ASCII)
_MOBILE = re.compile(r"1\d{10}", re.ASCII)
# 湖北省 武汉市 江岸区; but 小区, 社区, 园区, 苑区 and 片区 are where people live, not administration
_WORD = r"[^\W\d_省市区县]"
_ADMINISTRATION = re.compile(
    rf"(?:{_WORD}{{2,7}}?(?:省|自治区))?(?:{_WORD}{{2,5}}市)?(?:{_WORD}{{1,5}}(?<![小社园苑片])[区县])?"
)


# phones and ID numbers: nothing of the program's own has so many digits and nothing else
_LONG_NUMBER = re.compile(r"(?<![\w-])\d{11,}[Xx]?(?![\w-])", re.ASCII)
NUMBER = "[号码]"


def hide_numbers(text: str) -> str:
    """Return free text that is stored in the clear, like a reason or a log line, without phones and ID numbers."""
    return _LONG_NUMBER.sub(NUMBER, text)


def mask_name(name: str) -> str:
    """Return the first character and two stars: 张三丰 → 张**, 迪丽努尔·买买提 → 迪**.

    Always two stars, to hide the length. Of a compound surname only the first character shows: 欧**. What stands where
    an erased person's name was is nobody's and shows.
    """
    name = name.strip()
    if name == ERASED:
        return name
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    """Return the first three and last four digits of a mobile, the last two of a landline; several one by one.

    Words beside a number, like whose it is, are left out. Text without any number is hidden whole.
    """
    if not phone.strip():
        return ""
    return "；".join(_mask_number(found) for found in _NUMBER.findall(phone)) or HIDDEN


def _mask_number(number: str) -> str:
    digits = number.replace("-", "")
    if _MOBILE.fullmatch(digits):
        return f"{digits[:3]}****{digits[-4:]}"
    return HIDDEN + digits[-2:] if len(digits) >= 7 else HIDDEN


def mask_id_number(id_number: str) -> str:
    """Return sixteen stars and the last two characters: ****************68.

    Region and birthday, which together with a name point at one person, stay hidden; the last two are enough to
    compare with a card. Anything too short for an ID number is hidden whole.
    """
    id_number = id_number.strip()
    if not id_number:
        return ""
    return "*" * 16 + (id_number[-2:] if len(id_number) >= 15 else "**")


def mask_address(address: str) -> str:
    """Return province, city and district where the address begins with them, then stars: 武汉市江岸区****."""
    address = address.strip()
    if not address:
        return ""
    shown = _ADMINISTRATION.match(address)
    return (shown.group() if shown else "") + HIDDEN
