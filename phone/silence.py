"""Phones not heard from while something is due: entries made on them may not have arrived."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet

from baibuting.common.days import local_day
from baibuting.common.masking import mask_phone
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Appointment, Cadre, Cover
from cadres.selectors import in_force
from duties.choices import RUNNING
from duties.models import Duty
from phone.choices import WAITING
from phone.models import PhoneContact, Submission


@dataclass(slots=True)
class SilentPhone:
    """A cadre whose phone is silent: their buildings, how many duties are due, since when, how many entries wait."""

    cadre: Cadre
    heard_at: datetime
    days: int
    phone: str  # masked
    buildings: list[Place] = field(default_factory=list)
    due: int = 0
    waiting: int = 0


def phones_silent_count(scope: Scope, now: datetime) -> int:
    """Return how many phones of a scope are silent. Two queries."""
    return len({cadre_id for cadre_id, _, _ in _silent_posts(scope, now)})


def phones_silent(scope: Scope, now: datetime) -> list[SilentPhone]:
    """Return holders and stand-ins of buildings' posts who have used the phone before, have something due by today,
    and were not heard from for PHONE_SILENT_DAYS; the longest silent first. Six queries.
    """
    posts = list(_silent_posts(scope, now))
    contacts = PhoneContact.objects.filter(cadre__in={cadre_id for cadre_id, _, _ in posts})
    today = local_day(now)
    found = {
        contact.cadre_id: SilentPhone(
            cadre=contact.cadre,
            heard_at=contact.heard_at,
            days=(today - local_day(contact.heard_at)).days,
            phone=mask_phone(contact.cadre.phone),
        )
        for contact in contacts.select_related("cadre").order_by("heard_at", "pk")
    }
    places = Place.objects.select_related("parent__parent").in_bulk({place_id for _, place_id, _ in posts})
    due = _due_at(places, today)
    at: dict[int, set[int]] = defaultdict(set)
    for cadre_id, place_id, post in posts:
        found[cadre_id].due += due[place_id, post]
        at[cadre_id].add(place_id)
    waiting = _waiting_of(scope)
    for cadre_id, row in found.items():
        row.buildings = sorted((places[pk] for pk in at[cadre_id]), key=lambda place: place.sort_key)
        row.waiting = waiting.get(row.cadre.user_id or 0, 0)
    return list(found.values())


def _silent_posts(scope: Scope, now: datetime) -> Iterator[tuple[int, int, str]]:
    """Yield (cadre, building, post): accountable today for something due, and not heard from. Two queries."""
    today = local_day(now)
    silent = PhoneContact.objects.filter(heard_at__lt=now - timedelta(days=settings.PHONE_SILENT_DAYS))
    due = _due(today).filter(place=OuterRef("place"), accountable_post=OuterRef("post"))
    posts = Appointment.objects.within(scope).filter(
        in_force(today), Exists(due), place__level=Level.BUILDING, organisation=None
    )
    covers = Cover.objects.running(today)
    own = posts.exclude(Exists(covers.filter(appointment=OuterRef("pk"))))
    yield from own.filter(cadre__in=silent.values("cadre")).values_list("cadre", "place", "post")
    covered = covers.filter(appointment__in=posts.values("pk"), stand_in__in=silent.values("cadre"))
    yield from covered.values_list("stand_in", "appointment__place", "appointment__post")


def _due(today: date) -> QuerySet[Duty]:
    """Return the running duties that are due by the end of the day or overdue."""
    return Duty.objects.filter(outcome__in=RUNNING, due_on__lte=today)


def _due_at(places: dict[int, Place], today: date) -> Counter[tuple[int, str]]:
    counted = _due(today).filter(place__in=places).order_by().values_list("place", "accountable_post")
    return Counter({(place_id, post): count for place_id, post, count in counted.annotate(count=Count("pk"))})


def _waiting_of(scope: Scope) -> dict[int, int]:
    """Return how many entries wait for the office, by account."""
    waiting = Submission.objects.within(scope).filter(state__in=WAITING).order_by()
    return dict(waiting.values_list("sender").annotate(Count("pk")))
