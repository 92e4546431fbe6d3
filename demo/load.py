"""Loading the demo community: places, people, and their last months."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from accounts.models import User
from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.ladder import Ladder
from demo.entries import Desk, enter_people, enter_visits
from demo.gathered import gather, routines_look_again
from demo.history import DAYS, live_through
from demo.names import People
from demo.opinions import say_opinions
from demo.population import SMALLEST, plan_population
from demo.published import agree_to_boards
from demo.sign_ins import USERNAMES, Passwords, SignIn, open_accounts
from demo.staff import appoint_staff
from demo.tree import plant_tree
from demo.volunteering import gather_volunteers
from duties.models import GoLive, NoticeDelivery
from duties.sweep import sweep
from residents.models import CareCategory
from visits.facts import terms_in_force
from visits.models import IncidentRule, VisitRule
from visits.services import rules_ship

NAME = "百步亭社区"


@transaction.atomic
def demo_load(*, residents: int, seed: int, now: datetime) -> list[SignIn]:
    """Load the demo community as of `now`; return the accounts to sign in with.

    The same seed on the same day gives the same people, posts and visits, without what would lie later than
    `now`. Raises ValidationError when the community exists already or one of the accounts' names is taken.
    """
    _refuse(residents)
    random = Random(seed)  # noqa: S311 - invented people, no secrets
    people, today, passwords = People(random), local_day(now), Passwords()
    opened_at = midnight(today - timedelta(days=DAYS)) + timedelta(hours=9, minutes=30)

    tree = plant_tree(NAME, random)
    rules_ship(community=tree.community, now=opened_at)
    held = appoint_staff(tree, people, random, today)
    gather_volunteers(tree, held, people, random, today)
    sign_ins, accounts = open_accounts(tree, passwords, opened_at)
    agree_to_boards(tree.community, opened_at)
    clerk = User.objects.get(username=sign_ins[0].username)
    say_opinions(tree.community, User.objects.get(username="louzhang"), clerk, now)
    for rules in (VisitRule, IncidentRule):  # the office has looked at them and made them its own
        rules.objects.filter(community=tree.community).update(is_proposal=False, created_by=clerk)
    terms = {
        category.code: terms_in_force([tree.community.pk], [category.pk])[tree.community.pk, category.pk][-1]
        for category in CareCategory.objects.all()
    }
    desk = Desk(
        opened_at=opened_at,
        now=now,
        ladder=Ladder.load(place.pk for place in tree.buildings),
        clerk=clerk,
        terms=terms,
        random=random,
        accounts=accounts,
    )
    plans = plan_population(tree, terms, people, random, today, residents)
    # the office went live long before the portal was opened: its figures count from the first record
    first_on = min(record.started_on for plan in plans for record in plan.records)
    GoLive.objects.create(community=tree.community, on=first_on)
    entered = enter_people(plans, tree.community, desk)
    gather(tree, clerk, random, opened_at, now)
    live_through(tree, entered, enter_visits(entered, desk), desk)
    routines_look_again(now)
    sweep(now=now, read_clock=lambda: now)
    _count_as_mailed(tree.community, now)
    passwords.store()
    return sign_ins


def _refuse(residents: int) -> None:
    if Place.objects.filter(parent=None, name=NAME).exists():
        raise ValidationError(f"数据库里已有{NAME}，没有载入示例。请换一个空的数据库再试。")
    taken = User.objects.filter(username__in=USERNAMES).values_list("username", flat=True)
    if taken:
        names = "、".join(sorted(taken))
        raise ValidationError(f"账号 {names} 已被使用，没有载入示例。请换一个空的数据库再试。")
    if residents < SMALLEST:
        raise ValidationError(f"示例社区至少要有 {SMALLEST} 位居民，请把 --residents 改大。")


def _count_as_mailed(community: Place, now: datetime) -> None:
    """Send no mail of the invented past: each counts as sent at the time, or as without an address."""
    owed = NoticeDelivery.objects.filter(event__community=community, sent_at=None)
    owed.update(is_passed_on=True)
    owed.filter(cadre__user=None).update(next_attempt_at=None, last_failure="没有可用的邮箱")
    owed.filter(cadre__user__isnull=False).update(
        attempts=1, last_attempt_at=F("next_attempt_at"), sent_at=F("next_attempt_at"), next_attempt_at=None
    )
