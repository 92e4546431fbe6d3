"""The digest of the day: once a day, at the time the office set, a line on what waits for each cadre."""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from baibuting.common.days import SHANGHAI, local_day
from buildings.choices import Level
from buildings.models import Place
from cadres.models import Cadre
from cadres.selectors import scope_for
from duties.models import Duty
from duties.selectors import held_by, unseen_count
from duties.standing import Moment, duty_condition
from phone.models import Digest, DigestPlan

logger = logging.getLogger(__name__)

DEFAULT_AT = time(7, 30)  # where the office has set nothing
BATCH = 100
LONGEST_WAIT = timedelta(hours=2)


def digests_make(*, now: datetime) -> int:
    """Write today's digests that are due by now and not there yet; returns how many. One a cadre and day, ever."""
    today, clock = local_day(now), now.astimezone(SHANGHAI).time()
    plans = {plan.community_id: plan for plan in DigestPlan.objects.all()}
    made = 0
    for community in Place.objects.standing().filter(level=Level.COMMUNITY).order_by("pk"):
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
            continue  # his account went this moment
        digest = _digest(cadre, cadre.user, today, now)
        made += bool(Digest.objects.bulk_create([digest], ignore_conflicts=True))
    return made


def _digest(cadre: Cadre, user: User, today: date, now: datetime) -> Digest:
    """What waits for somebody today. Mail is owed where there is an address and something to say."""
    scope = scope_for(user, today=today)
    moment = Moment.now(now)
    counts = (
        Duty.objects.within(scope)
        .filter(held_by(cadre.pk, today))
        .aggregate(
            **{
                word: Count("pk", filter=duty_condition(word, moment))
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


def digests_mail(*, now: datetime) -> int:
    """Mail what is owed by now; returns how many the mail server took. Marked sent only after that."""
    sent = 0
    while True:
        with transaction.atomic():
            owed = list(_owed(now)[:BATCH])
            if not owed:
                return sent
            sent += sum(_mail(digest, now) for digest in owed)


def _owed(now: datetime) -> QuerySet[Digest]:
    owed = Digest.objects.select_for_update(skip_locked=True, of=("self",)).select_related("cadre__user")
    return owed.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def _mail(digest: Digest, now: datetime) -> bool:
    user, failure = digest.cadre.user, ""
    if digest.day != local_day(now) or user is None or not user.is_active or not user.email:
        digest.next_attempt_at = None  # yesterday's news, or nobody to tell
        digest.save(update_fields=["next_attempt_at"])
        return False
    try:
        send_mail(
            subject=f"今日走访：逾期 {digest.overdue} 件，今天到期 {digest.due_today} 件",
            message=_text(digest),
            from_email=settings.DEFAULT_FROM_EMAIL,
            recipient_list=[user.email],
        )
    except (SMTPException, OSError) as error:
        failure = type(error).__name__
        logger.warning("digest: the mail server did not take a message (%s); it will be tried again", failure)
    digest.attempts += 1
    digest.last_failure = failure
    digest.sent_at = None if failure else now
    wait = min(timedelta(minutes=2**digest.attempts), LONGEST_WAIT)
    digest.next_attempt_at = now + wait if failure else None
    digest.save(update_fields=["attempts", "last_failure", "sent_at", "next_attempt_at"])
    return not failure


def _text(digest: Digest) -> str:
    """Counts only, and where to go on: no address, no name."""
    lines = [
        "您好，您名下今天的走访：",
        f"逾期 {digest.overdue} 件，请尽快安排；",
        f"今天到期 {digest.due_today} 件；",
        f"七天内到期 {digest.coming} 件；",
        f"还没看的知会 {digest.notices} 条。",
        f"请打开 {settings.PUBLIC_URL}/m/ 查看并登记。" if settings.PUBLIC_URL else "请登录系统查看并登记。",
    ]
    return "\n".join(lines) + "\n"
