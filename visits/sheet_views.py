"""走访单: printed for a building or a staircase, and typed in when it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import may_write, sees_people
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import ViewerRequest
from cadres.choices import BUILDING_POSTS, Post
from cadres.ladder import Accountable, Ladder
from cadres.models import Cadre
from duties.visibility import disclosure_for
from residents.models import CareRecord
from residents.rules import walking_order
from visits.selectors import last_visits, record_posts
from visits.services.sheet import SheetVisit, sheet_enter
from visits.sheets import SheetLine, sheet_code, sheet_lines
from visits.visitors import LONGEST, NAME_ONLY, is_visitor_name


@dataclass(slots=True)
class SheetRow:
    """A person on the sheet, with what they are under care for as far as disclosed."""

    code: str
    staircase: str
    room: str
    name: str
    chips: list[str]
    last_seen: str


@login_required
@require_safe
def sheet(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/sheets/<building>/`: the sheet to print, of the whole building or of `?entrance=1` alone."""
    if not sees_people(request.viewer.user):
        raise Http404
    places = Place.objects.within(request.viewer.scope).filter(pk=pk, level=Level.BUILDING)
    place = places.select_related("parent__parent", "community").first()
    if place is None:
        raise Http404
    rows = _rows(request, place)
    entrances = list(dict.fromkeys(row.staircase for row in rows if row.staircase))
    asked = request.GET.get("entrance", "")
    ladder = Ladder.load({place.pk})
    posts = [
        (
            str(post.label),
            holder.cadre_name if (holder := ladder.holder(place.pk, post, request.viewer.today)) else "缺",
        )
        for post in BUILDING_POSTS
    ]
    context = {
        "place": place,
        "rows": [row for row in rows if row.staircase == asked] if asked in entrances else rows,
        "entrances": entrances,
        "asked": asked if asked in entrances else "",
        "posts": posts,
        "today": request.viewer.today,
    }
    return render(request, "visits/sheet.html", context)


def _rows(request: ViewerRequest, place: Place) -> list[SheetRow]:
    viewer = request.viewer
    records = list(
        CareRecord.objects.within(viewer.scope)
        .filter(building=place, ended_on=None)
        .select_related("category", "resident__household")
        .order_by("category__position", "pk")
    )
    posts = record_posts(records, viewer.today)
    disclosure = disclosure_for(viewer, {place.pk})
    seen = last_visits(records, until=viewer.now)
    found: dict[int, SheetRow] = {}
    for record in sorted(records, key=_walking):
        whose, last = Accountable(place.pk, posts.get(record.pk, "")), seen.get(record.resident_id)
        row = found.setdefault(
            record.resident_id,
            SheetRow(
                sheet_code(record.resident_id),
                record.resident.household.entrance,
                record.resident.household.room,
                disclosure.person(record.resident, whose),
                [],
                f"{local_day(last.visited_at):%m-%d}" if last else "",
            ),
        )
        row.chips.append(disclosure.category(record.category, whose))
    return list(found.values())


def _walking(record: CareRecord) -> tuple[object, ...]:
    home = record.resident.household
    return (*walking_order(home.entrance, home.room), record.resident_id)


class TakeForm(forms.Form):
    """A sheet as it is typed in."""

    day = forms.DateField(
        label="走访日期", widget=forms.DateInput(attrs={"type": "date"}), help_text="没有另写日期的都算这一天"
    )
    visitor_name = forms.CharField(
        label="走访人", max_length=LONGEST, required=False, help_text="不填就是负责这个人的楼栋骨干"
    )
    lines = forms.CharField(
        label="走访单", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12, "autofocus": True})
    )

    def clean_visitor_name(self) -> str:
        name: str = self.cleaned_data["visitor_name"].strip()
        if not is_visitor_name(name):
            raise forms.ValidationError(NAME_ONLY)
        return name


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: ViewerRequest) -> HttpResponse:
    """`/sheets/`: type a sheet in, a line a visit; what would be written is shown first, then written."""
    viewer = request.viewer
    if not may_write(viewer.user, "visits.visit"):
        raise Http404
    form = TakeForm(request.POST or None, initial={"day": viewer.today}, label_suffix="")
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        read = _read(request, sheet_lines(typed["lines"], typed["day"], viewer.today), typed["visitor_name"])
        good = [one for one in read if isinstance(one, SheetVisit)]
        if "write" in request.POST and good and len(good) == len(read):
            new, known = sheet_enter(visits=good, by=viewer.user, now=viewer.now)
            messages.success(
                request, f"已记下 {new} 次走访" + (f"，{known} 次以前已有，没有重复记。" if known else "。")
            )
            return redirect("visits:sheets_take")
        context |= {"good": good, "bad": [one for one in read if isinstance(one, SheetLine)]}
    return render(request, "visits/sheets_take.html", context, status=422 if form.errors else 200)


def _read(request: ViewerRequest, lines: list[SheetLine], visitor_name: str) -> list[SheetVisit | SheetLine]:
    """Return each line with its person and visitor, or the line with the reason why it cannot be written."""
    viewer = request.viewer
    records: dict[int, CareRecord] = {}
    own = CareRecord.objects.within(viewer.scope.writable()).filter(
        resident__in=[line.person for line in lines if line.person], ended_on=None
    )
    for record in own.select_related("category", "resident__household__building").order_by("-pk"):
        records[record.resident_id] = record
    posts = record_posts(records.values(), viewer.today)
    ladder = Ladder.load({record.building_id for record in records.values()})
    found: list[SheetVisit | SheetLine] = []
    for line in lines:
        held = records.get(line.person or 0)
        if line.refusal or held is None:
            found.append(_refused(line, line.refusal or "这个编号的人不在您的范围内，或已不在必访名单上。"))
            continue
        holder = ladder.holder(held.building_id, posts.get(held.pk, Post.BUILDING_HEAD), line.day)
        if holder is None and not visitor_name:
            found.append(_refused(line, "那天没有负责的骨干在任，请在“走访人”写下姓名。"))
            continue
        cadre = (
            None
            if visitor_name or holder is None
            else Cadre.objects.unscoped("who answers").get(pk=holder.cadre_id)
        )
        found.append(SheetVisit(line, held.resident, cadre, visitor_name))
    return found


def _refused(line: SheetLine, refusal: str) -> SheetLine:
    return SheetLine(line.number, line.code, None, line.day, line.method, line.seen, line.notes, refusal)


def sheet_card(request: ViewerRequest, place: Place) -> dict[str, Any] | None:
    """Return what the card on a building's page shows; None for a larger place."""
    return (
        {"place": place, "may_take": may_write(request.viewer.user, "visits.visit")}
        if place.level == Level.BUILDING
        else None
    )
