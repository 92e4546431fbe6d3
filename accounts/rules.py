"""What each role may view and write in the admin, one table of all portals; and rules of sign-in."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from accounts.choices import Role
from baibuting.common.crypto import lookup_digest
from baibuting.common.portal import Access, Portal, collected


class Person(Protocol):
    """What the table needs to know of a user."""

    is_active: bool
    is_superuser: bool
    role: str


@collected
def access_table(portals: Mapping[str, Portal]) -> dict[str, Access]:
    """Return what each role may write and view: the parts of all portals together.

    Which rows a user gets is never decided here: that is the scope. What is not granted to a role is refused; a
    superuser, who sets a community up, may do everything.
    """
    parts = {
        role: [portal.access[role] for portal in portals.values() if role in portal.access] for role in Role
    }
    return {
        role: Access(
            write=frozenset(name for part in found for name in part.write),
            view=frozenset(name for part in found for name in part.view),
        )
        for role, found in parts.items()
    }


PEOPLE_ROLES = frozenset({Role.OFFICE, Role.CADRE})  # the district gets figures through the API, and no pages
# 三员: separation of duties, each does what the two others cannot
SEPARATED_ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
SECOND_STEP_ROLES = frozenset({Role.OFFICE}) | SEPARATED_ADMIN_ROLES

# after so many wrong passwords for an account from one address each further one makes the wait longer
FREE_TRIES = 4
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
# after so many in a day from anywhere the account itself has to wait; briefly, since anybody can cause it
FREE_TRIES_ANYWHERE, LONGEST_WAIT_ANYWHERE = 20, timedelta(minutes=5)


def wait_after(failures: int) -> timedelta:
    """Return how long sign-in to an account from an address is refused after so many wrong passwords in a row."""
    return _doubling(failures - FREE_TRIES, LONGEST_WAIT)


def wait_after_anywhere(failures: int) -> timedelta:
    """Return how long an account refuses unknown browsers after so many wrong passwords in a day from anywhere."""
    return _doubling(failures - FREE_TRIES_ANYWHERE, LONGEST_WAIT_ANYWHERE)


def _doubling(too_many: int, longest: timedelta) -> timedelta:
    return timedelta(0) if too_many <= 0 else min(FIRST_WAIT * 2 ** min(too_many - 1, 10), longest)


def phone_digest(phone: str) -> bytes | None:
    """Return the look-up digest of an account's phone; None for an empty one."""
    return lookup_digest(phone, purpose="account.phone") if phone else None


def tries_digest(username: str) -> str:
    """Return the key under which wrong passwords for an account are counted, whether it exists or not."""
    return lookup_digest(username, purpose="account.tries").hex()


# letters and digits that look alike on paper are left out (0 O, 1 I L, 2 Z, 5 S, 8 B; of U and V the V); nine of 24 are 41 bits
CODE_LETTERS = "ACDEFGHJKMNPQRTUWXY34679"
CODE_LENGTH = 9
FIRST_CODE_FOR = timedelta(days=1)  # how long the code for making the first account is valid


def code_draw() -> str:
    """Return a new random one-time code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def code_shown(code: str) -> str:
    """Return a code in groups of three, as people read it: K7M-4PX-9TD."""
    return "-".join(code[start : start + 3] for start in range(0, CODE_LENGTH, 3))


def code_read(typed: str) -> str:
    """Return a typed code as it was drawn, whatever its case, spaces and dashes; "" for what cannot be one."""
    code = re.sub(r"[\s\-‐‑–—－.·]", "", unicodedata.normalize("NFKC", typed[:100])).upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) else ""


def code_digest(code: str, *, of: str) -> bytes:
    """Return the digest kept of a code; `of` names the account, so that a row moved to another one opens nothing."""
    return lookup_digest(f"{of}|{code}", purpose="account.code")


def needs_second_step(person: Person) -> bool:
    """Return whether a role signs in with a second step where the installation asks for it."""
    return person.is_superuser or person.role in SECOND_STEP_ROLES


def may_write(person: Person, label: str) -> bool:
    """Return whether the user may add and change rows of a model, named "app.model" in lower case."""
    return _names(label, person, access_table().get(person.role, Access()).write)


def may_view(person: Person, label: str) -> bool:
    """Return whether the user may view rows of a model, named "app.model" in lower case."""
    access = access_table().get(person.role, Access())
    return _names(label, person, access.write | access.view)


def views_something_of(person: Person, app_label: str) -> bool:
    """Return whether the user may view rows of any model of an app."""
    access = access_table().get(person.role, Access())
    apps = {name.split(".")[0] for name in access.write | access.view}
    return person.is_active and (person.is_superuser or app_label in apps)


def sees_people(person: Person) -> bool:
    """Return whether the user's role works with people; the administrators of system, rights and trail see none."""
    return person.is_active and (person.is_superuser or person.role in PEOPLE_ROLES)


def opens_admin(role: str) -> bool:
    """Return whether a role may view or write anything in the admin."""
    access = access_table().get(role, Access())
    return bool(access.write | access.view)


def may_open_admin(person: Person) -> bool:
    """Return whether the user may view or write anything in the admin."""
    return person.is_active and (person.is_superuser or opens_admin(person.role))


def _names(label: str, person: Person, named: frozenset[str]) -> bool:
    if not person.is_active:
        return False
    return person.is_superuser or label in named or label.split(".")[0] in named
