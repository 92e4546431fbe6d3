"""记走访: three taps, with as much as possible preselected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from baibuting.common.entries import TEXT, Entry
from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from cadres.viewer import PostHolder
from duties.choices import RUNNING
from duties.models import Duty
from duties.rounds import terms_on
from duties.selectors import Disclosure
from duties.story import status_label
from duties.visibility import disclosure_for
from phone.choices import Help, When
from phone.models import QuickPhrase
from phone.payloads import VISIT
from phone.rules import MOST_PHOTOS
from phone.selectors import flat_label, household_under_care
from phone.views.base import for_post_holders, show
from phone.views.entries import take_typed, typed_entry
from residents.models import CareRecord, Resident
from visits.choices import Method
from visits.facts import terms_in_force
from visits.selectors import record_posts

METHODS = (Method.HOME, Method.PHONE, Method.HOSPITAL, Method.VIDEO, Method.OFFICE, Method.OTHER)


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the flat, as far as disclosed to the viewer."""

    resident: Resident
    name: str
    chips: list[str]


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/visit/<resident>/`: the form; by POST the entry is taken as the queue's are, but refused at once."""
    resident = find_person(viewer, pk)
    if request.method != "POST":
        return _form(request, viewer, resident, None, {})
    entry = typed_entry(request, viewer, VISIT)
    try:
        take_typed(request, viewer, entry)
    except ValidationError as refusal:
        return _form(request, viewer, resident, entry, sentences(refusal))
    return redirect("phone:today")


def find_person(viewer: PostHolder, pk: int) -> Resident:
    """Return a resident within the viewer's scope; raise Http404 otherwise."""
    found = Resident.objects.within(viewer.scope).select_related("household__building__parent__parent")
    resident = found.filter(pk=pk, erased_at=None).first()
    if resident is None:
        raise Http404
    return resident


def sentences(refusal: ValidationError) -> dict[str, str]:
    """Return the refusal's messages by field; "" for those of no field."""
    if hasattr(refusal, "error_dict"):
        return {name: "".join(messages) for name, messages in refusal.message_dict.items()}
    return {"": "".join(refusal.messages)}


def people_of(records: list[CareRecord], posts: dict[int, str], disclosure: Disclosure) -> list[Person]:
    """Return the people behind some records, each once, in their order."""
    found: dict[int, Person] = {}
    for record in records:
        post = posts.get(record.pk, "")
        whose = Accountable(record.building_id, post)
        label = disclosure.category(record.category, whose)
        knows = bool(post) and disclosure.answers_for(whose)
        known = found.get(record.resident_id)
        if known is None or (knows and known.name != record.resident.name):
            name = disclosure.person(record.resident, whose)
            known = Person(record.resident, name, known.chips if known else [])
            found[record.resident_id] = known
        known.chips.append(label)
    return list(found.values())


def _form(
    request: ViewerRequest,
    viewer: PostHolder,
    resident: Resident,
    entry: Entry | None,
    errors: dict[str, str],
) -> HttpResponse:
    building = resident.household.building
    records = household_under_care(resident)
    posts = record_posts(records, viewer.today)
    disclosure = disclosure_for(viewer, {building.pk})
    people = people_of(records, posts, disclosure)
    himself = next((person for person in people if person.resident.pk == resident.pk), None)
    own = [record for record in records if record.resident_id == resident.pk]
    phrases = phrases_for([record for record in own if _knows_category(record, posts, disclosure)])
    context = {
        "title": himself.name if himself else str(resident),
        "subtitle": f"{building.name} {flat_label(resident.household)}",
        "chips": himself.chips if himself else [],
        "resident": resident,
        "housemates": [person for person in people if person.resident.pk != resident.pk],
        "settles": _settles(own, disclosure, viewer),
        "methods": METHODS,
        "counting": _counting(own, viewer),
        "phrases": phrases,
        "whens": When.choices,
        "helps": Help.choices,
        "chosen": _chosen(entry) if entry else _defaults(own, phrases),
        "uid": entry.uid if entry else uuid4(),
        "errors": errors,
        "most_photos": MOST_PHOTOS,
        "longest": TEXT,
        "today": viewer.today,
    }
    return show(request, viewer, "visit.html", context, status=422 if errors else 200)


def _knows_category(record: CareRecord, posts: dict[int, str], disclosure: Disclosure) -> bool:
    """Return whether the category is disclosed: the phrases of a sensitive one would reveal it."""
    if not record.category.is_sensitive:
        return True
    return disclosure.answers_for(Accountable(record.building_id, posts.get(record.pk, "")))


def phrases_for(records: list[CareRecord]) -> list[QuickPhrase]:
    """Return the phrases of some records' categories, and those for all. One query."""
    categories = [record.category_id for record in records]
    return list(QuickPhrase.objects.filter(Q(category=None) | Q(category__in=categories)))


def _settles(own: list[CareRecord], disclosure: Disclosure, viewer: PostHolder) -> list[str]:
    """Return what one visit settles, a record each: "孤寡老人（逾期 3 天）", "困难家庭（逾期 40 天，共 2 轮）". One query."""
    duties = (
        Duty.objects.unscoped("running duties of a person in the scope: they follow him")
        .filter(care_record__in=own, outcome__in=RUNNING)
        .select_related("category")
    )
    by_record: dict[int, list[Duty]] = {}
    for duty in duties.order_by("due_at", "pk"):
        if duty.category is not None:
            by_record.setdefault(duty.clock_id, []).append(duty)
    return [_settled(rounds, disclosure, viewer) for rounds in by_record.values()]


def _settled(rounds: list[Duty], disclosure: Disclosure, viewer: PostHolder) -> str:
    first = rounds[0]
    label = disclosure.category(first.category, first.accountable) if first.category else ""
    more = f"，共 {len(rounds)} 轮" if len(rounds) > 1 else ""
    return f"{label}（{status_label(first, viewer.now)}{more}）"


def _counting(own: list[CareRecord], viewer: PostHolder) -> str:
    """Return the methods that count where not all do: "上门、医院探视". Two queries."""
    terms = terms_in_force({one.community_id for one in own}, {one.category_id for one in own})
    allowed: set[str] = set(Method.values)
    for record in own:
        versions = terms.get((record.community_id, record.category_id))
        methods = terms_on(versions, viewer.today).methods if versions else frozenset()
        allowed &= set(methods) or allowed
    return (
        ""
        if len(allowed) == len(Method.values)
        else "、".join(str(method.label) for method in METHODS if method.value in allowed)
    )


def _defaults(own: list[CareRecord], phrases: list[QuickPhrase]) -> dict[str, Any]:
    """Return the form's initial choices: a patient is visited in hospital, everyone else at home."""
    in_hospital = any(record.category.code == "hospital" for record in own)
    return {
        "method": Method.HOSPITAL if in_hospital else Method.HOME,
        "seen": "yes",
        "phrases": {phrase.pk for phrase in phrases if phrase.is_default},
        "when": When.NOW,
        "help": Help.NONE,
        "people": set(),
    }


def _chosen(entry: Entry) -> dict[str, Any]:
    """Return what was chosen and typed, for a form that is shown again."""
    return {
        "method": entry.text("method"),
        "seen": entry.text("seen"),
        "phrases": set(entry.numbers("phrase")),
        "when": entry.text("when"),
        "visited_on": entry.text("visited_on"),
        "visited_time": entry.text("visited_time"),
        "notes": entry.text("notes"),
        "help": entry.text("help"),
        "help_text": entry.text("help_text"),
        "people": set(entry.numbers("resident")),
        "open": True,
    }
