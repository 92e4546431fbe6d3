"""What entries of this app do: record a visit, report an incident, stamp an arrival."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid5

from django.core.exceptions import ValidationError

from baibuting.common.days import local_day
from baibuting.common.entries import Taking
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from cadres.selectors import posts_held_on
from concerns.choices import Origin, Subject, Urgency
from concerns.services import concern_open
from phone.choices import Help
from phone.models import QuickPhrase
from phone.payloads import ArrivalEntry, IncidentEntry, VisitEntry
from phone.selectors import answering_posts
from residents.models import Resident
from residents.selectors import resident_ids_now
from visits.choices import IncidentKind, VisitOrigin
from visits.models import Arrival, Incident
from visits.services import arrival_stamp, incident_report, visit_take

# How far a phone's clock may be behind the report it answers.
SLOW_CLOCK = timedelta(hours=1)


def visit_enter(*, read: VisitEntry, taking: Taking) -> None:
    """Record a visit to everyone in it; the help they need is reported as an incident or opens a concern."""
    resident_ids = resident_ids_now(read.resident_ids)
    people = _household(resident_ids, taking.scope)
    building = people[0].household.building
    notes = "；".join([*_phrases(read.phrases), *filter(None, [read.notes])])
    request = (read.help_text or "需要帮助") if read.help == Help.REQUEST else ""
    taking.place = building
    first = resident_ids[0]
    for person in people:
        visit = visit_take(
            resident=person,
            visited_at=read.visited_at,
            has_time=read.has_time,
            now=taking.now,
            origin=VisitOrigin.PHONE,
            method=read.method,
            seen=read.seen,
            visitor=taking.cadre,
            notes=notes,
            request=request if person.pk == first else "",
            recorded_by=taking.sender,
            uid=taking.uid if person.pk == first else uuid5(taking.uid, str(person.pk)),
        )
        if person.pk == first:
            taking.made = visit
            if request:
                concern_open(
                    building=building,
                    subject=Subject.OTHER,
                    urgency=Urgency.NORMAL,
                    words=request,
                    origin=Origin.VISIT,
                    now=taking.now,
                    by=taking.sender,
                    reporter=taking.cadre,
                    resident=person,
                    visit=visit,
                    uid=uuid5(taking.uid, "concern"),
                )
    if read.help in IncidentKind.values:
        incident_report(
            building=building,
            kind=read.help,
            occurred_at=read.visited_at,
            summary=read.help_text or notes,
            now=taking.now,
            reported_by=taking.sender,
        )


def _household(resident_ids: list[int], scope: Scope) -> list[Resident]:
    """Return the people of a visit, always in the same order, so that two visits at once never deadlock."""
    found = Resident.objects.within(scope).filter(pk__in=resident_ids)
    people = list(found.select_related("household__building").order_by("pk"))
    if len(people) != len(resident_ids):
        raise ValidationError({"resident": "走访对象已不在您负责的范围内，由社区办核对后录入。"})
    if len({person.household_id for person in people}) > 1:
        raise ValidationError({"resident": "一次只能记同一户的人，不同的户请分开记。"})
    return people


def _phrases(ids: list[int]) -> list[str]:
    """Return the texts of phrases; of one topic what was tapped outweighs what was chosen already."""
    phrases = list(QuickPhrase.objects.filter(pk__in=ids))
    tapped = {phrase.topic for phrase in phrases if phrase.topic and not phrase.is_default}
    return [phrase.text for phrase in phrases if not (phrase.is_default and phrase.topic in tapped)]


def incident_enter(*, read: IncidentEntry, taking: Taking) -> None:
    """Report the incident."""
    building = Place.objects.within(taking.scope).filter(pk=read.building_id, level=Level.BUILDING).first()
    if building is None:
        raise ValidationError({"building": "这栋楼已不在您负责的范围内，由社区办核对后录入。"})
    taking.place = building
    taking.made = incident_report(
        building=building,
        kind=read.kind,
        occurred_at=read.occurred_at,
        summary=read.summary,
        now=taking.now,
        reported_by=taking.sender,
    )


def arrival_enter(*, read: ArrivalEntry, taking: Taking) -> None:
    """Stamp the posts in which the sender has arrived."""
    incident = (
        Incident.objects.within(taking.scope)
        .select_related("building", "rule")
        .filter(pk=read.incident_id)
        .first()
    )
    if incident is None:
        raise ValidationError({"incident": "这件事已不在您负责的范围内，由社区办核对后录入。"})
    taking.place = incident.building
    arrived_at = read.arrived_at
    if incident.occurred_at - SLOW_CLOCK < arrived_at < incident.occurred_at:
        arrived_at = incident.occurred_at
    posts = posts_held_on(taking.cadre, incident.building, local_day(arrived_at))
    if not posts:
        raise ValidationError({"incident": "您在这栋楼没有任职，由社区办核对后录入。"})
    taking.made = _stamp(incident, answering_posts(posts, incident), arrived_at, taking) or incident


def _stamp(incident: Incident, posts: list[str], arrived_at: datetime, taking: Taking) -> Arrival | None:
    """Stamp every post not stamped yet: a person in two posts has arrived for both. Return one arrival."""
    of_it = Arrival.objects.unscoped("of an incident in hand").filter(incident=incident, post__in=posts)
    stamped = dict(of_it.values_list("post", "cadre"))
    arrival = None
    for post in posts:
        if stamped.get(post) == taking.cadre.pk:
            continue  # tapped twice, on two phones
        arrival = arrival_stamp(
            incident=incident,
            post=post,
            arrived_at=arrived_at,
            now=taking.now,
            cadre=taking.cadre,
            recorded_by=taking.sender,
        )
    return arrival or of_it.filter(cadre=taking.cadre).first()
