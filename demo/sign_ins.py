"""The demo's accounts: one for each kind of user. Passwords are generated anew at every load."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from unicodedata import east_asian_width

from django.contrib.auth.hashers import make_password

from accounts.choices import Role
from accounts.models import User
from accounts.rules import SEPARATED_ADMIN_ROLES, opens_admin
from audit.choices import Action
from audit.services import audit_event_record
from buildings.services import place_grant_give
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.services import cadre_change
from demo.staff import SHOWN_BRANCH, SHOWN_BUILDING, SHOWN_GENERAL_BRANCH
from demo.tree import Tree

# easy to tell apart and to type on a phone
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
PHONES = "louzhang"  # signs in by phone too
USERNAMES = ("shequ", "louzhang", "xiaozu", "zhibu", "zongzhi", "dangwei", "xitong", "anquan", "shenji")


@dataclass(frozen=True, slots=True)
class SignIn:
    """The credentials of an account, and the role it shows."""

    username: str
    password: str
    what: str


class Passwords:
    """A password for each account. Hashing takes a third of a second each, so it runs in parallel with the load."""

    def __init__(self) -> None:
        self.plain = {username: _password() for username in USERNAMES}
        thread = ThreadPoolExecutor(max_workers=1)
        self._hashed = {name: thread.submit(make_password, plain) for name, plain in self.plain.items()}
        thread.shutdown(wait=False)

    def store(self) -> None:
        """Store the accounts' passwords; waits until the last is hashed."""
        for username, hashed in self._hashed.items():
            User.objects.filter(username=username).update(password=hashed.result())


def open_accounts(tree: Tree, passwords: Passwords, now: datetime) -> tuple[list[SignIn], dict[int, User]]:
    """Create the accounts; return their credentials, and the accounts by the id of the cadre each belongs to.

    No one can sign in before `Passwords.store`.
    """
    clerk = _Account("shequ", "李敏", Role.OFFICE, "社区工作者，录入和查看全社区")
    wanted = [
        clerk,
        *_of_cadres(tree),
        _Account("xitong", "系统管理员", Role.SYSTEM_ADMIN, "系统管理员，管账号"),
        _Account("anquan", "安全管理员", Role.SECURITY_ADMIN, "安全管理员，管工作范围"),
        _Account("shenji", "审计管理员", Role.AUDITOR, "审计管理员，看审计记录"),
    ]
    sign_ins, accounts = [], {}
    for item in wanted:
        account = _open(item, now)
        sign_ins.append(SignIn(item.username, passwords.plain[item.username], item.what))
        if item is clerk or item.role in SEPARATED_ADMIN_ROLES:
            place_grant_give(user=account, place=tree.community, now=now, by=None)
        if item.cadre is not None:
            cadre_change(cadre=item.cadre, user=account)
            accounts[item.cadre.pk] = account
    return sign_ins, accounts


def _open(item: _Account, now: datetime) -> User:
    """Create an account as `account_create` does, without the password, which is still being hashed."""
    account = User.objects.create(
        username=item.username,
        password=make_password(None),
        name=item.name,
        role=item.role,
        is_staff=opens_admin(item.role),
        email=f"{item.username}@example.invalid",
        phone=item.cadre.phone if item.cadre and item.username == PHONES else "",
    )
    audit_event_record(
        now=now,
        user=None,
        action=Action.CREATE,
        object_type=User._meta.label_lower,
        object_id=str(account.pk),
        fields=["username", "name", "role", "email", "phone"],
    )
    return account


@dataclass(frozen=True, slots=True)
class _Account:
    username: str
    name: str
    role: Role
    what: str
    cadre: Cadre | None = None


def _of_cadres(tree: Tree) -> list[_Account]:
    """Return one holder on each rung, all accountable for the same building."""
    building = tree.building(SHOWN_BUILDING)
    held = Appointment.objects.filter(ended_on=None).select_related("cadre")
    at_building, of_organisation = (
        held.filter(place=building, organisation=None),
        held.exclude(organisation=None),
    )
    committee = tree.organisations[0][0].name
    head = at_building.get(post=Post.BUILDING_HEAD)
    posts = [
        ("louzhang", head, f"{building.name}楼栋长，手机页 /m/ 用手机号 {head.cadre.phone} 也能登录"),
        ("xiaozu", at_building.get(post=Post.PARTY_GROUP_LEADER), f"{building.name}楼栋党小组长"),
    ]
    for username, name in (
        ("zhibu", SHOWN_BRANCH),
        ("zongzhi", SHOWN_GENERAL_BRANCH),
        ("dangwei", committee),
    ):
        posts.append((username, of_organisation.get(organisation=tree.organisation(name)), f"{name}书记"))
    return [
        _Account(username, made.cadre.name, Role.CADRE, what, made.cadre) for username, made, what in posts
    ]


def _password() -> str:
    """Return ten characters: letters, then three digits."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(7))
    return letters + "".join(secrets.choice(_DIGITS) for _ in range(3))


def sign_in_table(sign_ins: Sequence[SignIn]) -> str:
    """Return the accounts as a small table in plain text."""
    rows = [("账号", "密码", "身份"), *((one.username, one.password, one.what) for one in sign_ins)]
    return "\n".join(f"  {_padded(name, 10)}{_padded(password, 13)}{what}" for name, password, what in rows)


def _padded(text: str, width: int) -> str:
    """Return the text padded to a number of columns; a Chinese character takes two."""
    taken = sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (width - taken)
