"""The digest of the day: once a day, at the time the office has set, a summary of each cadre's open duties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from baibuting.common.days import SHANGHAI, local_day
from baibuting.common.mailing import MailServer
from baibuting.common.owed import attempt_begin, attempt_settle, owed_send
from buildings.choices import Level
from buildings.models import Place
from cadres.models import Cadre
from cadres.selectors import scope_for
from duties.as_of import AsOf, duty_filter
from duties.choices import RUNNING
from duties.kinds import all_kinds, noun_for
from duties.models import Duty
from duties.selectors import PERSON, held_by, unseen_count
from messaging.services import digest_tell
from phone.models import Digest, DigestPlan

DEFAULT_AT = time(7, 30)  # where the office has set nothing


def digests_make(*, now: datetime) -> int:
    """Create today's digests that are due by now and missing; return how many. At most one a cadre and day."""
    today, clock = local_day(now), now.astimezone(SHANGHAI).time()
    plans = {plan.community_id: plan for plan in DigestPlan.objects.all()}
    made = 0
    for community in Place.objects.active().filter(level=Level.COMMUNITY).order_by("pk"):
        plan = plans.get(community.pk)
        if plan is not None and not plan.is_on:
            continue
        if clock >= (plan.at if plan else DEFAULT_AT):
            made += _make_for(community, today, now)
    return made


def _make_for(community: Place, today: date, now: datetime) -> int:
    done = Digest.objects.filter(cadre=OuterRef("pk"), day=today)
    waiting = Cadre.objects.filter(~Exists(done), community=community, user__is_active=True)
    made = 0
    for cadre in waiting.select_related("user").order_by("pk"):
        if cadre.user is None:
            continue  # the account was deactivated just now
        digest = _digest(cadre, cadre.user, today, now)
        with transaction.atomic():
            made += bool(Digest.objects.bulk_create([digest], ignore_conflicts=True))
            if digest.overdue or digest.due_today or digest.coming or digest.notices:
                digest_tell(cadre=cadre, now=now)
    return made


def _digest(cadre: Cadre, user: User, today: date, now: datetime) -> Digest:
    """Create a cadre's digest. A mail is owed where there is an address and something to report."""
    scope = scope_for(user, today=today)
    moment = AsOf.now(now)
    counts = (
        Duty.objects.within(scope)
        .filter(held_by(cadre.pk, today), outcome__in=RUNNING)
        .aggregate(
            **{
                word: Count(PERSON, filter=duty_filter(word, moment), distinct=True)
                for word in ("overdue", "due_today", "coming")
            }
        )
    )
    unread = unseen_count(scope)
    owes_mail = bool(user.email) and bool(sum(counts.values()) + unread)
    return Digest(
        cadre=cadre,
        day=today,
        made_at=now,
        notices=unread,
        next_attempt_at=now if owes_mail else None,
        **counts,
    )


def digests_mail(*, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Mail what is owed by `now`, for less than a minute; return how many the mail server accepted. Only then is a
    digest marked as sent.
    """
    return owed_send(_Digests(), now=now, read_clock=read_clock)


class _Digests:
    """Digests as an outbox: one digest, one mail."""

    def __init__(self) -> None:
        self._server = MailServer()

    def claim(self, *, now: datetime) -> Digest | None:
        while not self._server.is_away:
            with transaction.atomic():
                digest = _next_owed(now)
                if digest is None:
                    return None
                if digest.day == local_day(now) and _address(digest):
                    attempt_begin([digest], now=now)
                    return digest
                digest.next_attempt_at = None  # of an earlier day, or without a recipient
                digest.save(update_fields=["next_attempt_at"])
        return None

    def send(self, message: Digest, *, now: datetime) -> str:
        subject = f"今日{_noun()}：逾期 {message.overdue} 件，今天到期 {message.due_today} 件"
        return self._server.send(subject=subject, text=_text(message), to=_address(message))

    def settle(self, message: Digest, *, failure: str, now: datetime) -> int:
        return attempt_settle([message], failure=failure, now=now)


def _next_owed(now: datetime) -> Digest | None:
    owed = Digest.objects.select_for_update(skip_locked=True, of=("self",)).select_related("cadre__user")
    return owed.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk").first()


def _address(digest: Digest) -> str:
    """Return the recipient's address; "" where the account is not active or has none."""
    user: User | None = digest.cadre.user
    return user.email if user is not None and user.is_active else ""


def _noun() -> str:
    """Return what is counted: 走访 while visits are the only duties."""
    return noun_for(all_kinds()) or "责任"


def _text(digest: Digest) -> str:
    """Return the mail's text: counts and a link, no address, no name."""
    lines = [
        f"您好，您名下今天的{_noun()}（同一个人的几项算一件）：",
        f"逾期 {digest.overdue} 件，请尽快安排；",
        f"今天到期 {digest.due_today} 件；",
        f"七天内到期 {digest.coming} 件；",
        f"还没看的知会 {digest.notices} 条。",
        f"请打开 {settings.PUBLIC_URL}/m/ 查看并登记。" if settings.PUBLIC_URL else "请登录系统查看并登记。",
    ]
    return "\n".join(lines) + "\n"
