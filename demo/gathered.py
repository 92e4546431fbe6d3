"""What posts of the demo community do in every period: a year of studies, a training in four batches, activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from accounts.models import User
from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Appointment
from demo.tree import Tree
from duties.models import DutyClock
from gatherings.choices import Kind, State, Way
from gatherings.models import Attendance, Gathering
from routines.choices import Matter
from routines.rules import PROPOSED
from routines.services import routine_rule_publish, routines_align
from volunteers.models import Team, Volunteer

BEHIND = 12
FIRST_WITHIN = 60  # days; the shipped proposal would be due only after the demo's last day
_BATCHES = (10, 17, 24, 31)  # days after the portal was opened
_ACTIVITIES = (
    (Kind.SERVICE, "九哥巡逻队夜间巡防"),
    (Kind.SHOW, "俏姐渔鼓队排练演出"),
    (Kind.MORAL, "道德讲堂：邻里和睦"),
)
_EACH = 10


def gather(tree: Tree, clerk: User, random: Random, opened_at: datetime, now: datetime) -> None:
    """Adopt both matters as the portal opens, and write what was held since; the sweeps of the history judge it."""
    for matter, differs in (
        (Matter.GROUP_TRAINING, {"first_within_days": FIRST_WITHIN}),
        (Matter.MEMBER_STUDY, {}),
    ):
        routine_rule_publish(
            community=tree.community,
            matter=matter,
            effective_on=local_day(opened_at),
            is_on=True,
            now=opened_at,
            user=clerk,
            **{**PROPOSED[matter], **differs},
        )
    routines_align(now=opened_at)
    _trainings(tree, random, opened_at, now)
    _studies(tree, random, local_day(opened_at), now)
    _activities(tree, random, now)


def routines_look_again(now: datetime) -> None:
    """Make every routine's clock due: what was held since it was last looked at is found by the next sweep."""
    DutyClock.objects.filter(routine__isnull=False).update(next_check_at=now)


def _in_office(tree: Tree, post: str) -> list[Appointment]:
    held = Appointment.objects.filter(place__community=tree.community, post=post, ended_on=None)
    return list(held.select_related("cadre", "place").order_by("pk"))


def _at(day: date, hour: int) -> datetime:
    return midnight(day) + timedelta(hours=hour)


def _gathering(
    place: Place, kind: str, title: str, starts_at: datetime, now: datetime, **details: object
) -> Gathering:
    is_over = starts_at + timedelta(hours=2) <= now
    return Gathering(
        place=place,
        community_id=place.community_id,
        kind=kind,
        title=title,
        venue="社区二楼会议室" if kind in (Kind.TRAINING, Kind.STUDY) else "文化广场",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        state=State.HELD if is_over else State.PLANNED,
        held_recorded_at=starts_at + timedelta(hours=2) if is_over else None,
        created_at=min(now, starts_at - timedelta(days=7)),
        **details,
    )


def _there(gathering: Gathering, people: Sequence[Volunteer]) -> list[Attendance]:
    """Return the rows of people who were there; of those who signed up where it is yet to come."""
    is_over = gathering.state == State.HELD
    return [
        Attendance(
            gathering=gathering,
            volunteer=person,
            signed_up_at=None if is_over else gathering.created_at,
            was_there=True if is_over else None,
            way=Way.ROLL if is_over else "",
            recorded_at=gathering.held_recorded_at,
        )
        for person in people
    ]


def _trainings(tree: Tree, random: Random, opened_at: datetime, now: datetime) -> None:
    leaders = [one.cadre for one in _in_office(tree, Post.PARTY_GROUP_LEADER)]
    people = Volunteer.objects.bulk_create(
        Volunteer(
            community=tree.community,
            name=cadre.name,
            name_initials=cadre.name_initials,
            is_party_member=cadre.is_party_member,
            cadre=cadre,
        )
        for cadre in {one.pk: one for one in leaders}.values()
    )
    random.shuffle(people)
    behind, trained = people[:BEHIND], people[BEHIND:]
    days = [local_day(opened_at) + timedelta(days=ahead) for ahead in _BATCHES]
    batches = Gathering.objects.bulk_create(
        _gathering(tree.community, Kind.TRAINING, f"党小组长轮训第{number}批", _at(day, 9), now)
        for number, day in zip("一二三四", days, strict=True)
    )
    rows = [row for at, batch in enumerate(batches) for row in _there(batch, trained[at :: len(batches)])]
    make_up = _gathering(
        tree.community, Kind.TRAINING, "党小组长轮训补课", _at(local_day(now) + timedelta(days=4), 9), now
    )
    make_up.save()
    Attendance.objects.bulk_create([*rows, *_there(make_up, behind[: BEHIND // 2])])


def _studies(tree: Tree, random: Random, opened_on: date, now: datetime) -> None:
    """A study a month and 支部 for a year, and one soon after the matter was adopted."""
    today = local_day(now)
    firsts = {(today - timedelta(days=30 * back)).replace(day=10) for back in range(12)}
    days = sorted({*firsts, opened_on + timedelta(days=9)})
    Gathering.objects.bulk_create(
        _gathering(
            one.place, Kind.STUDY, f"{day.month}月政治学习", _at(day, 19), now, host=one.cadre,
            others=random.randint(6, 15) if _at(day, 21) <= now else 0,
        )
        for one in _in_office(tree, Post.BRANCH_SECRETARY)
        for day in days
        if day <= today
    )  # fmt: skip


def _activities(tree: Tree, random: Random, now: datetime) -> None:
    """Thirty activities of the teams over a year, and two to come that are open to residents."""
    teams = list(Team.objects.filter(place__community=tree.community).select_related("place").order_by("pk"))
    members = {
        team.pk: list(Volunteer.objects.filter(memberships__team=team).order_by("pk")) for team in teams
    }
    today = local_day(now)
    made = []
    for kind, title in _ACTIVITIES:
        for at in range(_EACH):
            team = random.choice(teams)
            day = today - timedelta(days=12 * 30 // _EACH * at + random.randint(1, 20))
            made.append(
                _gathering(
                    team.place, kind, title, _at(day, 15), now, team=team, others=random.randint(0, 30)
                )
            )
    for ahead, title in ((2, "社区大讲堂：家庭用电安全"), (5, "社区大讲堂：秋冬养生")):
        day = today + timedelta(days=ahead)
        made.append(_gathering(tree.community, Kind.LECTURE, title, _at(day, 15), now, is_open=True))
    made = Gathering.objects.bulk_create(made)
    Attendance.objects.bulk_create(
        row for one in made if one.team_id for row in _there(one, members[one.team_id])
    )
