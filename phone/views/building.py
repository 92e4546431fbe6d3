"""我的楼栋: the people under care, the holders of the six posts, the rungs above."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import ViewerRequest
from cadres.choices import RUNG_POSTS
from cadres.viewer import PostHolder
from duties.choices import Rung
from duties.selectors import Disclosure
from duties.visibility import disclosure_for
from phone.selectors import (
    as_one_walks,
    building_posts,
    buildings_within,
    care_records,
    own_buildings,
    under_care,
)
from phone.views.base import for_post_holders, show
from phone.views.today import MOST_CARDS
from visits.selectors import record_posts


@for_post_holders
@require_safe
def building(request: ViewerRequest, viewer: PostHolder, pk: int | None = None) -> HttpResponse:
    """`/m/building/`: the viewer's building, or the list of several. `/m/building/<id>/`: one within the scope."""
    if pk is None:
        mine = own_buildings(viewer.cadre.pk, viewer.today) or buildings_within(viewer.scope)
        if len(mine) != 1:
            context = {"title": "我的楼栋", "buildings": mine}
            return show(request, viewer, "buildings.html", context, tab="building")
        return _page(request, viewer, mine[0])
    found = Place.objects.within(viewer.scope).filter(pk=pk, level=Level.BUILDING)
    place = found.select_related("parent__parent").first()
    if place is None:
        raise Http404
    return _page(request, viewer, place)


def _page(request: ViewerRequest, viewer: PostHolder, place: Place) -> HttpResponse:
    disclosure = disclosure_for(viewer, {place.pk})
    posts = building_posts(place, disclosure)
    records = care_records(place)
    people = under_care(records, place, record_posts(records, viewer.today), disclosure, viewer.now)
    context = {
        "title": place.name,
        "subtitle": " ".join(part.name for part in (place.parent.parent, place.parent) if part)
        if place.parent
        else "",
        "place": place,
        "people": sorted(people, key=as_one_walks),
        "has_search": len(people) > MOST_CARDS,
        "posts": posts,
        "vacant": [label for _, label, name, _ in posts if not name],
        "ladder": _ladder(place, viewer, disclosure),
        "me": viewer.cadre.pk,
    }
    return show(request, viewer, "building.html", context, tab="building")


def _ladder(place: Place, viewer: PostHolder, disclosure: Disclosure) -> list[dict[str, Any]]:
    """Return who is accountable for the building on each rung above the visiting one."""
    found = []
    for rung, (post, _) in RUNG_POSTS.items():
        holder = disclosure.ladder.rung_holder(place.pk, rung, viewer.today)
        found.append(
            {
                "rung": Rung(rung).label,
                "post": post.label,
                "name": holder.cadre_name if holder else "",
                "cadre_id": holder.cadre_id if holder else None,
                "is_cover": bool(holder and holder.is_cover),
            }
        )
    return found
