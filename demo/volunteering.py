"""Volunteer teams of the demo community, and 下沉党员 paired with buildings."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from baibuting.common.names import pinyin_initials
from baibuting.common.persons import phone_digest
from cadres.choices import Post
from cadres.models import Appointment
from demo.names import People
from demo.tree import Tree
from volunteers.choices import TeamKind
from volunteers.models import TeamMembership, Volunteer
from volunteers.services import pairing_start, team_create

_TEAMS = (
    ("怡康苑北区", "怡康银发巡逻队", TeamKind.SAFETY),
    ("文卉苑", "文卉合唱队", TeamKind.CULTURE),
    ("安居苑", "安居邻里理发队", TeamKind.CARE),
    ("景兰苑", "景兰护绿队", TeamKind.ENVIRONMENT),
    ("怡和苑北区", "怡和老姐妹陪伴队", TeamKind.CARE),
    ("怡和苑北区", "怡和夜间巡防队", TeamKind.SAFETY),
    ("温馨苑", "温馨和事佬工作室", TeamKind.MEDIATION),
    ("温馨苑", "温馨太极队", TeamKind.CULTURE),
)
_EMPLOYERS = (
    "江岸区某局机关党支部",
    "某医院第二党支部",
    "某设计院党总支",
    "某银行江岸支行党支部",
    "某中学党支部",
)
_PAIRED_BUILDINGS = 24


def gather_volunteers(
    tree: Tree, heads: list[Appointment], people: People, random: Random, today: date
) -> None:
    """Create teams with their members, led by a 楼栋长 of the 苑区; pair 荣誉楼栋长 with two dozen 楼栋长."""
    heads = [made for made in heads if made.post == Post.BUILDING_HEAD]
    for place_name, name, kind in _TEAMS:
        place = next(quarter for quarter in tree.quarters if quarter.name == place_name)
        leader = random.choice([made for made in heads if made.place.path.startswith(place.path)]).cadre
        founded_on = today - timedelta(days=random.randint(300, 2500))
        team = team_create(place=place, name=name, kind=kind, leader=leader, founded_on=founded_on)
        members = _volunteers(tree, people, random, today, random.randint(6, 12))
        TeamMembership.objects.bulk_create(
            TeamMembership(
                team=team, volunteer=member, joined_on=founded_on + timedelta(days=random.randint(0, 290))
            )
            for member in members
        )
    partners = sorted(random.sample(heads, min(_PAIRED_BUILDINGS, len(heads))), key=lambda made: made.pk)
    party = _volunteers(tree, people, random, today, len(partners), employed=True)
    for partner, volunteer in zip(partners, party, strict=True):
        started_on = max(partner.started_on, today - timedelta(days=random.randint(20, 400)))
        pairing_start(building=partner.place, volunteer=volunteer, partner=partner, started_on=started_on)


def _volunteers(
    tree: Tree, people: People, random: Random, today: date, count: int, *, employed: bool = False
) -> list[Volunteer]:
    made = []
    for _ in range(count):
        youngest, oldest = (26, 55) if employed else (45, 76)
        person = people.person(youngest=youngest, oldest=oldest, today=today)
        made.append(
            Volunteer(
                community=tree.community,
                name=person.name,
                name_initials=pinyin_initials(person.name),
                phone=person.phone,
                phone_digest=phone_digest(person.phone, of="volunteer"),
                is_party_member=employed or random.random() < 0.3,
                employer=random.choice(_EMPLOYERS) if employed else "",
            )
        )
    return Volunteer.objects.bulk_create(made)
