"""Who in office has an account and who lacks one, and why an account cannot be opened for somebody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.db.models import Prefetch, Q, QuerySet

from accounts.choices import Role
from accounts.models import OneTimeCode, User
from accounts.rules import phone_digest
from baibuting.common.crypto import digest_candidates
from baibuting.common.days import local_day
from buildings.models import Place, PlaceGrant
from buildings.scope import Scope, SpannedQuerySet
from buildings.viewer import Viewer
from cadres.choices import BUILDING_POSTS
from cadres.models import Appointment, Cadre, Cover
from cadres.selectors import in_force

MOBILE = re.compile(r"1[3-9]\d{9}")
NO_PHONE = "没有手机号，请先补上"
OF_BUILDINGS = Q(post__in=BUILDING_POSTS, organisation=None)


class Tab(models.TextChoices):
    """The lists of the page: each person in office stands in one of the first three; the last is a part of the first."""

    NONE = "none", "没有账号"
    NEVER = "never", "从未登录"
    USED = "used", "使用中"
    PHONE = "phone", "号码缺失"


@dataclass(slots=True)
class Holder:
    """A cadre in office, with posts and account; `why_not` says in Chinese why none can be opened, "" where it can."""

    cadre: Cadre
    posts: list[Appointment]
    account: User | None
    code: OneTimeCode | None
    why_not: str = ""

    @property
    def phone(self) -> str:
        """Return the number to sign in with: the account's, else the cadre's; "" where it is no mobile number."""
        number = self.account.phone if self.account is not None else self.cadre.phone
        return number if MOBILE.fullmatch(number) else ""

    @property
    def tab(self) -> Tab:
        if self.account is None:
            return Tab.NONE
        return Tab.NEVER if self.account.last_login is None else Tab.USED

    @property
    def place(self) -> Place:
        return self.posts[0].place

    @property
    def held(self) -> set[str]:
        """Return the codes of the posts."""
        return {held.post for held in self.posts}

    @property
    def posts_label(self) -> str:
        """Return the posts in words: 怡康苑 第一片区 101栋 楼栋长；卫生员."""
        words, last = [], None
        for held in self.posts:
            name = held.get_post_display()
            words.append(name if held.place_id == last else f"{held.place.full_name} {name}")
            last = held.place_id
        return "；".join(words)

    def is_in(self, tab: Tab) -> bool:
        """Return whether a list shows this person."""
        return (self.account is None and not self.phone) if tab == Tab.PHONE else self.tab == tab

    def has_valid_slip(self, now: datetime) -> bool:
        """Return whether a slip with a code that still opens the account is out."""
        return self.code is not None and self.code.used_at is None and self.code.expires_at > now

    def code_label(self, now: datetime) -> str:
        """Return how it stands with the code on the slip; "" without an account."""
        if self.account is None:
            return ""
        if self.code is None:
            return "用密码登录" if self.account.has_usable_password() else "没有开通码"
        if self.code.used_at is not None:
            return "开通码已用，密码还没有设"
        until = local_day(self.code.expires_at)
        return "开通码已过期" if self.code.expires_at <= now else f"开通码有效到{until.month}月{until.day}日"


def may_open_accounts(user: User) -> bool:
    """Return whether an account opens accounts of cadres at all: the office and the system administrator."""
    return user.is_active and (user.is_superuser or user.role in (Role.OFFICE, Role.SYSTEM_ADMIN))


def openable(viewer: Viewer) -> QuerySet[Cadre]:
    """Return the cadres in office whose account the viewer opens.

    The office: holders of building posts in its places and of nothing else, so that by an account nobody gets at more
    than the office itself has. The system administrator: within the places granted, holders of any other post.
    """
    scope, today = viewer.scope.writable(), viewer.today
    if not may_open_accounts(viewer.user):
        return Cadre.objects.none()
    held = Appointment.objects.within(scope).filter(in_force(today))
    cadres = Cadre.objects.within(scope).filter(pk__in=held.values("cadre"))
    if viewer.user.is_superuser:
        return cadres
    if viewer.user.role == Role.SYSTEM_ADMIN:
        return cadres.filter(pk__in=_unended(today).exclude(OF_BUILDINGS).values("cadre"))
    own = _unended(today).within(scope).filter(OF_BUILDINGS)
    more = _unended(today).exclude(pk__in=own.values("pk"))
    covered = Cover.objects.unscoped("what an account would open beyond the viewer's places").filter(
        Q(until_on__gte=today) & ~Q(appointment__in=own.values("pk"))
    )
    granted = PlaceGrant.objects.unscoped("as above").filter(Q(until_on=None) | Q(until_on__gte=today))
    return cadres.exclude(
        Q(pk__in=more.values("cadre"))
        | Q(pk__in=covered.values("stand_in"))
        | Q(user__in=granted.values("user"))
    )


def _unended(today: date) -> SpannedQuerySet[Appointment]:
    """Return appointments in force or still to come: an account opens them all."""
    return Appointment.objects.unscoped("what an account opens, wherever it lies").filter(
        Q(ended_on=None) | Q(ended_on__gte=today)
    )


def others_without_account(viewer: Viewer) -> int:
    """Return how many people in office in the viewer's places lack an account that somebody else opens. One query."""
    held = Appointment.objects.within(viewer.scope).filter(in_force(viewer.today))
    cadres = Cadre.objects.within(viewer.scope).filter(pk__in=held.values("cadre"), user=None)
    return cadres.exclude(pk__in=openable(viewer).values("pk")).count()


def holders(
    viewer: Viewer, cadres: QuerySet[Cadre] | None = None, *, of: Scope | None = None
) -> list[Holder]:
    """Return the people whose account the viewer opens, in the order of the place tree. Five queries.

    `cadres` narrows the `openable` ones, `of` is a part of the viewer's scope.
    """
    asked = openable(viewer) if cadres is None else cadres
    inside = Appointment.objects.within(of or viewer.scope.writable()).filter(in_force(viewer.today))
    posts = inside.select_related("place__parent__parent").order_by("place__sort_path", "post", "pk")
    if of is not None:
        asked = asked.filter(pk__in=inside.values("cadre"))
    rows = asked.select_related("user__one_time_code").prefetch_related(
        Prefetch("appointments", posts, to_attr="held_today")
    )
    found = [_holder(cadre) for cadre in rows]
    found.sort(key=lambda one: (one.place.sort_path, one.posts[0].post, one.cadre.pk))
    _say_why_not(found, viewer.today)
    return found


def _holder(cadre: Cadre) -> Holder:
    held: list[Appointment] = cadre.held_today  # type: ignore[attr-defined]
    account = cadre.user
    code = getattr(account, "one_time_code", None) if account is not None else None
    return Holder(cadre, held, account, code)


def _say_why_not(found: Sequence[Holder], today: date) -> None:
    """Set `why_not` of each. Two queries."""
    sharing = _sharing(found, today)
    taken = _taken(one for one in found if one.account is None)
    for one in found:
        one.why_not = _why_not(one, sharing, taken)


def _why_not(one: Holder, sharing: set[int], taken: set[int]) -> str:
    account = one.account
    if account is not None:
        if not account.is_active:
            return "账号已停用，请系统管理员恢复"
        if account.is_superuser or account.role != Role.CADRE:
            return "用的是办公账号，请系统管理员重设密码"
        return ""
    if not one.cadre.phone:
        return NO_PHONE
    if not one.phone:
        return "登记的不是手机号，请改成手机号"
    if one.cadre.pk in sharing:
        return "与另一位在任骨干是同一个手机号，请先核对"
    if one.cadre.pk in taken:
        return "这个手机号已有账号，请核对后在骨干页关联"
    return ""


def _sharing(found: Sequence[Holder], today: date) -> set[int]:
    """Return the ids of cadres whose number another cadre in office has as well, wherever. One query."""
    digests = {bytes(one.cadre.phone_digest) for one in found if one.cadre.phone_digest}
    serving = Appointment.objects.unscoped("as below").filter(in_force(today))
    known = Cadre.objects.unscoped("a number may be shared with somebody elsewhere, who is not named")
    same = known.filter(phone_digest__in=digests, pk__in=serving.values("cadre"))
    counted = Counter(bytes(digest) for digest in same.values_list("phone_digest", flat=True) if digest)
    return {
        one.cadre.pk for one in found if one.cadre.phone_digest and counted[bytes(one.cadre.phone_digest)] > 1
    }


def _taken(found: Iterable[Holder]) -> set[int]:
    """Return the ids of cadres whose number an account has already. One query."""
    candidates = {
        digest: one.cadre.pk
        for one in found
        if one.phone
        for digest in digest_candidates(phone_digest(one.phone))
    }
    kept = User.objects.filter(phone_digest__in=candidates).values_list("phone_digest", flat=True)
    return {candidates[bytes(digest)] for digest in kept if digest}


def counted(found: Sequence[Holder]) -> Iterator[tuple[Tab, int]]:
    """Yield each list with how many people stand in it."""
    for tab in Tab:
        yield tab, sum(one.is_in(tab) for one in found)
