"""What people see of personal data they have not been given: 张**, 138****1234."""

from __future__ import annotations

import re


def mask_name(name: str) -> str:
    """The first character and two stars, whatever the length, so that the length tells nothing either."""
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    """First three and last four digits of a mobile; the last two of anything else. Several are masked one by one."""
    parts = [part for part in re.split(r"[;；,，、/\s]+", phone) if part]
    return "；".join(_mask_one_phone(part) for part in parts)


def _mask_one_phone(phone: str) -> str:
    if len(phone) == 11 and phone.isdigit():
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * max(len(phone) - 2, 4) + phone[-2:] if len(phone) > 4 else "****"


def mask_id_number(id_number: str) -> str:
    """The last two characters: region and birthday, which would name the person, stay hidden."""
    return "*" * 16 + id_number[-2:] if id_number else ""


def mask_address(address: str) -> str:
    """The first six characters (usually city and district) and stars."""
    return f"{address[:6]}******" if address else ""
