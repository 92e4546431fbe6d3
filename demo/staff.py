"""The demo's post holders: secretaries, 两长四员, vacancies, hand-overs, leave with a stand-in."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from baibuting.common.names import pinyin_initials
from baibuting.common.persons import phone_digest
from buildings.models import Place
from cadres.choices import BUILDING_POSTS, ORGANISATION_POSTS, AppointmentEnd, OrganisationKind, Post
from cadres.models import Appointment, Cadre
from cadres.services import appointment_end, appointment_hand_over, appointment_start, cover_start
from demo.names import People
from demo.tree import Tree

# What a visitor of the demo should find without searching: two posts vacant beside 504栋, a branch without secretary.
VACANT = (("501栋", Post.PARTY_GROUP_LEADER), ("503栋", Post.BUILDING_HEAD), ("424栋", Post.BUILDING_HEAD))
SHOWN_BUILDING = "504栋"
SHOWN_BRANCH = "怡和苑北区第一党支部"
SHOWN_GENERAL_BRANCH = "康和党总支"
_BRANCH_WITHOUT_SECRETARY = "安居苑第三党支部"
_VACANCY_RATE = 0.05
_TWO_POSTS_RATE = 0.08


def appoint_staff(tree: Tree, people: People, random: Random, today: date) -> list[Appointment]:
    """Fill the posts, with vacancies, hand-overs and covers; return the appointments now open or covered."""
    held = _hold_building_posts(tree, people, random, today)
    secretaries = _appoint_secretaries(tree, people, random, today)
    _vacate(held, secretaries, random, today)
    _hand_over(held, secretaries, tree.community, people, random, today)
    _cover(held, secretaries, random, today)
    return held


def _cadres(community: Place, people: People, random: Random, today: date, count: int) -> list[Cadre]:
    """Create cadres in one statement, with the columns that the service would derive."""
    made = []
    for _ in range(count):
        person = people.person(youngest=35, oldest=74, today=today)
        made.append(
            Cadre(
                community=community,
                name=person.name,
                name_initials=pinyin_initials(person.name),
                phone=person.phone,
                phone_digest=phone_digest(person.phone, of="cadre"),
                is_party_member=random.random() < 0.45,
            )
        )
    return Cadre.objects.bulk_create(made)


def _hold_building_posts(tree: Tree, people: People, random: Random, today: date) -> list[Appointment]:
    """Return appointments to the six posts of every building; a few were never filled, a few people hold two."""
    shown = {tree.building(name).pk: post for name, post in VACANT}
    wanted = [
        (building, post)
        for building in tree.buildings
        for post in BUILDING_POSTS
        if shown.get(building.pk) == post
        or building.name == SHOWN_BUILDING
        or random.random() >= _VACANCY_RATE / 2
    ]
    pool = _cadres(tree.community, people, random, today, len(wanted))
    appointments: list[Appointment] = []
    for (building, post), cadre in zip(wanted, pool, strict=True):
        before = appointments[-1] if appointments else None
        if before and before.place_id == building.pk and random.random() < _TWO_POSTS_RATE:
            cadre = before.cadre
        if post == Post.PARTY_GROUP_LEADER:
            cadre.is_party_member = True
        started_on = today - timedelta(days=random.randint(200, 1800))
        appointments.append(Appointment(cadre=cadre, post=post, place=building, started_on=started_on))
    Cadre.objects.filter(
        pk__in=[made.cadre.pk for made in appointments if made.post == Post.PARTY_GROUP_LEADER]
    ).update(is_party_member=True)
    used = {made.cadre.pk for made in appointments}
    Cadre.objects.filter(pk__in=[cadre.pk for cadre in pool if cadre.pk not in used]).delete()
    return Appointment.objects.bulk_create(appointments)


def _appoint_secretaries(tree: Tree, people: People, random: Random, today: date) -> list[Appointment]:
    """Return one secretary for each organisation, listed at the level of the post."""
    pool = _cadres(tree.community, people, random, today, len(tree.organisations))
    Cadre.objects.filter(pk__in=[cadre.pk for cadre in pool]).update(is_party_member=True)
    return [
        appointment_start(
            cadre=cadre,
            post=ORGANISATION_POSTS[OrganisationKind(organisation.kind)],
            place=place,
            started_on=today - timedelta(days=random.randint(300, 1800)),
            organisation=organisation,
        )
        for (organisation, place), cadre in zip(tree.organisations, pool, strict=True)
    ]


def _vacate(held: list[Appointment], secretaries: list[Appointment], random: Random, today: date) -> None:
    """End some appointments within the last months, without successors."""
    shown = {(name, str(post)) for name, post in VACANT}
    leaving = [made for made in held if (made.place.name, made.post) in shown]
    others = [made for made in held if made not in leaving and made.place.name != SHOWN_BUILDING]
    leaving += random.sample(others, int(len(held) * _VACANCY_RATE / 2))
    leaving += [made for made in secretaries if str(made.organisation) == _BRANCH_WITHOUT_SECRETARY]
    for made in leaving:
        ended_on = today - timedelta(days=random.randint(8, 90))
        reason = random.choice((AppointmentEnd.RESIGNED, AppointmentEnd.TERM, AppointmentEnd.OTHER))
        appointment_end(appointment=made, ended_on=ended_on, end_reason=reason)
    gone = {made.pk for made in leaving}
    held[:] = [made for made in held if made.pk not in gone]
    secretaries[:] = [made for made in secretaries if made.pk not in gone]


def _hand_over(
    held: list[Appointment],
    secretaries: list[Appointment],
    community: Place,
    people: People,
    random: Random,
    today: date,
) -> None:
    """Hand posts over within the last months; their clocks run on."""
    heads = [made for made in held if made.post == Post.BUILDING_HEAD and made.place.name != SHOWN_BUILDING]
    branches = [made for made in secretaries if _is_other_branch(made)]
    leaving = [*random.sample(heads, 8), *random.sample(branches, 2)]
    followers = _cadres(community, people, random, today, len(leaving))
    for made, follower in zip(leaving, followers, strict=True):
        on = today - timedelta(days=random.randint(5, 100))
        following = appointment_hand_over(appointment=made, to_cadre=follower, on=on)
        group = held if made in held else secretaries
        group[group.index(made)] = following


def _cover(held: list[Appointment], secretaries: list[Appointment], random: Random, today: date) -> None:
    """Add covers, some over, some running today: by a neighbour, or another secretary."""
    heads = [made for made in held if made.post == Post.BUILDING_HEAD and made.place.name != SHOWN_BUILDING]
    branches = [made for made in secretaries if _is_other_branch(made)]
    away = [*random.sample(heads, 6), *random.sample(branches, 2)]
    for number, made in enumerate(away):
        others = heads if made in heads else branches
        stand_in = random.choice([other for other in others if other.cadre_id != made.cadre_id]).cadre
        is_running = number % 2 == 0
        from_on = today - timedelta(days=random.randint(2, 6) if is_running else random.randint(30, 100))
        from_on = max(from_on, made.started_on)
        cover_start(
            appointment=made,
            stand_in=stand_in,
            from_on=from_on,
            until_on=from_on + timedelta(days=14),
            reason=random.choice(("探亲", "住院", "外出学习", "照看孙辈")),
        )


def _is_other_branch(made: Appointment) -> bool:
    return made.post == Post.BRANCH_SECRETARY and str(made.organisation) != SHOWN_BRANCH
