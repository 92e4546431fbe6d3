"""Opening accounts for those in office, many at once: the account is the phone number, and a slip has a one-time code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from accounts.services import accounts_open
from buildings.viewer import Viewer
from cadres.account_holders import Holder, holders, openable
from cadres.models import Cadre

MOST_SLIPS = 1_000


@dataclass(frozen=True, slots=True)
class Slip:
    """What is handed to one person: who they are, with what they sign in, and the code, which exists nowhere else."""

    name: str
    where: str
    account: str
    code: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The outcome: slips in the order of the place tree, and (name, reason) of those who were left out."""

    slips: list[Slip]
    left_out: list[tuple[str, str]]


@transaction.atomic
def cadre_accounts_open(*, cadre_ids: Collection[int], by: Viewer) -> Opened:
    """Open an account for each cadre, or give the account they have a new code. Their rows are locked.

    Somebody who has left office meanwhile, or cannot be given an account, is left out with the reason; the others are
    opened. Raises ValidationError for nobody and for more than MOST_SLIPS, and where an account was taken meanwhile.
    """
    if not cadre_ids or len(cadre_ids) > MOST_SLIPS:
        words = f"一次最多 {MOST_SLIPS} 人，请按片区分批办理。" if cadre_ids else "请先勾选要开通的人。"
        raise ValidationError(words)
    # of two clerks at once the second waits here, and then finds the accounts of the first
    locked = Cadre.objects.within(by.scope.writable()).filter(pk__in=cadre_ids)
    names = {one.pk: one.name for one in locked.select_for_update(of=("self",)).order_by("pk")}
    found = holders(by, openable(by).filter(pk__in=names))
    chosen = [one for one in found if not one.why_not]
    codes = _open(chosen, by)
    gone = names.keys() - {one.cadre.pk for one in found}
    return Opened(
        slips=[_slip(one, one.cadre.user, codes) for one in chosen if one.cadre.user is not None],
        left_out=[(one.cadre.name, one.why_not) for one in found if one.why_not]
        + [(names[pk], "已不在任，或不由您开通") for pk in sorted(gone)],
    )


def _open(chosen: list[Holder], by: Viewer) -> dict[int, str]:
    """Create, link and give codes; return the codes by account id."""
    new = [one.cadre for one in chosen if one.account is None]
    names = _names_for(new)
    fresh = {cadre.pk: _account_for(cadre, names[cadre.pk]) for cadre in new}
    codes: dict[int, str] = {}
    for community in sorted({one.cadre.community_id for one in chosen}):
        here = [one for one in chosen if one.cadre.community_id == community]
        codes |= accounts_open(
            fresh=[fresh[one.cadre.pk] for one in here if one.account is None],
            known=[one.account for one in here if one.account is not None],
            now=by.now,
            by=by.user,
            community_id=community,
        )
    for cadre in new:
        cadre.user = fresh[cadre.pk]
    Cadre.objects.bulk_update(new, ["user"])
    return codes


def _names_for(cadres: list[Cadre]) -> dict[int, str]:
    """Return a free account name for each cadre by id. One query.

    The phone number is sealed and cannot be the name, which is a plain column; nobody needs to know the name.
    """
    wanted = {cadre.pk: f"gugan{cadre.pk}" for cadre in cadres}
    taken = set(User.objects.filter(username__in=wanted.values()).values_list("username", flat=True))
    return {pk: f"{name}-{uuid4().hex[:6]}" if name in taken else name for pk, name in wanted.items()}


def _account_for(cadre: Cadre, username: str) -> User:
    """Return the unsaved account of a cadre, who signs in with the phone number."""
    return User(username=username, name=cadre.name, role=Role.CADRE, phone=cadre.phone)


def _slip(one: Holder, account: User, codes: Mapping[int, str]) -> Slip:
    return Slip(one.cadre.name, one.posts_label, account.phone or account.username, codes[account.pk])
