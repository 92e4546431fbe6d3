"""The boards' pages: the list, one to print, files of many, consent; and the public page behind the QR code."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import may_write, sees_people
from baibuting.common.days import local_day
from baibuting.common.paper import NO_FONT, MissingCharactersError, NoFontError
from baibuting.common.public import answer
from boards.models import DutyLine
from boards.paper import boards_pdf
from boards.rules import MOST_BOARDS
from boards.selectors import board_by_code, boards_of, buildings_below, cadre_of
from boards.services import (
    boards_hand_out,
    contact_agree,
    contact_withdraw,
    duty_line_set,
)
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.services import place_code_of, place_code_renew
from buildings.viewer import ViewerRequest, viewer_of
from cadres.models import Cadre
from gatherings.selectors import open_week

NO_CHARACTERS = (
    "请先用“打印”打印这一栋；管理员安装 fonts-hanazono（或用 BOARD_FONT 换一个字体）后即可下载 PDF。"
)


def _is_office(request: ViewerRequest) -> bool:
    return may_write(request.viewer.user, "cadres.cadre")


def _own(request: ViewerRequest) -> Scope:
    """Return the scope whose boards the viewer may issue: without what is open for an emergency alone."""
    if not sees_people(request.viewer.user):
        raise PermissionDenied
    return request.viewer.scope.writable()


def _place(request: ViewerRequest, pk: int) -> Place:
    places = Place.objects.within(_own(request)).active().select_related("parent__parent", "community")
    found = places.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _building(request: ViewerRequest, pk: int) -> Place:
    place = _place(request, pk)
    if place.level != Level.BUILDING:
        raise Http404
    return place


def _address(request: ViewerRequest, building: Place) -> str:
    """Return the address in the QR code: at the portal's public address where the installation has one."""
    path = reverse("boards:public", args=[place_code_of(place=building, now=request.viewer.now)])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


@login_required
@require_safe
def index(request: ViewerRequest) -> HttpResponse:
    """Show all boards of the scope, 片区 by 片区."""
    own = _own(request)
    communities = Place.objects.within(own).active().filter(level=Level.COMMUNITY)
    lines = dict(DutyLine.objects.within(own).values_list("community", "phone"))
    context = {
        "quarters": _quarters(buildings_below(own), own),
        "has_public_url": bool(settings.PUBLIC_URL),
        "lines": [(one, lines.get(one.pk, "")) for one in communities] if _is_office(request) else [],
        "is_office": _is_office(request),
    }
    return render(request, "boards/index.html", context)


def _quarters(buildings: Iterable[Place], own: Scope) -> list[dict[str, Any]]:
    """Return the buildings by 苑区 and 片区. A 苑区 is offered as one file to viewers whose scope covers it."""
    found = []
    for quarter, inside in groupby(buildings, key=lambda building: building.parent.parent):  # type: ignore[union-attr]
        precincts = [
            (precinct, list(below))
            for precinct, below in groupby(inside, key=lambda building: building.parent)
        ]
        count = sum(len(below) for _, below in precincts)
        is_whole = quarter is not None and own.covers(quarter.path) and len(precincts) > 1
        found.append({"place": quarter, "precincts": precincts, "count": count, "is_whole": is_whole})
    return found


@login_required
@require_safe
def board_page(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show one board as printed; the office also sees beside each post whether its holder has agreed."""
    building = _building(request, pk)
    (board,) = boards_of([building], request.viewer.today)
    code = segno.make(_address(request, building), error="m", micro=False)
    context = {
        "board": board,
        "today": request.viewer.today,
        "is_office": _is_office(request),
        "has_public_url": bool(settings.PUBLIC_URL),
        # made by the library from our own address
        "code": mark_safe(code.svg_inline(omitsize=True, border=0, svgclass=None, lineclass=None)),  # noqa: S308
    }
    return render(request, "boards/board.html", context)


@login_required
@require_POST
def board_pdf(request: ViewerRequest, pk: int) -> HttpResponse:
    """Return the boards of a building, or of all buildings of a 片区 or 苑区, as one file."""
    place, now = _place(request, pk), request.viewer.now
    buildings = list(buildings_below(_own(request), place)[: MOST_BOARDS + 1])
    if not buildings or len(buildings) > MOST_BOARDS:
        words = "这里还没有楼栋。" if not buildings else f"一次最多 {MOST_BOARDS} 栋，请按片区下载。"
        messages.error(request, words)
        return redirect("boards:index")
    boards, today = boards_of(buildings, local_day(now)), local_day(now)
    try:
        data = boards_pdf(boards, lambda board: _address(request, board.building), today)
    except (NoFontError, MissingCharactersError) as refusal:
        messages.error(request, NO_FONT if isinstance(refusal, NoFontError) else f"{refusal}{NO_CHARACTERS}")
        return redirect("boards:board", pk) if place.level == Level.BUILDING else redirect("boards:index")
    boards_hand_out(place=place, count=len(boards), by=request.viewer.user, now=now)
    response = HttpResponse(data, content_type="application/pdf")
    name = f"公示牌_{place.full_name.replace(' ', '')}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _for_office(request: ViewerRequest) -> None:
    if not _is_office(request):
        raise PermissionDenied


@login_required
@require_POST
def renew(request: ViewerRequest, pk: int) -> HttpResponse:
    """Set another public address; the printed QR codes lead nowhere any more."""
    _for_office(request)
    place_code_renew(place=_building(request, pk), by=request.viewer.user, now=request.viewer.now)
    messages.success(request, "已换新二维码。旧公示牌上的二维码已失效，请重新打印张贴。")
    return redirect("boards:board", pk)


@login_required
@require_POST
def contact(request: ViewerRequest, pk: int, cadre: int) -> HttpResponse:
    """Record a holder's consent, or its withdrawal, entered by the office."""
    _for_office(request)
    (board,) = boards_of([_building(request, pk)], request.viewer.today)
    if cadre not in {line.cadre_id for line in board.lines}:
        raise Http404
    _settle(request, get_object_or_404(Cadre.objects.within(_own(request)), pk=cadre))
    return redirect("boards:board", pk)


@login_required
@require_POST
def duty_line(request: ViewerRequest) -> HttpResponse:
    """Set a community's number that is answered day and night."""
    _for_office(request)
    sent = request.POST.get("community", "")
    community = _place(request, int(sent[:18])) if sent.isdecimal() else None
    if community is None:
        raise Http404
    phone = request.POST.get("phone", "")
    try:
        duty_line_set(community=community, phone=phone, by=request.viewer.user, now=request.viewer.now)
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    else:
        messages.success(request, "值班电话已保存。" if phone.strip() else "值班电话已从公示牌上撤下。")
    return redirect("boards:index")


@require_POST
def mine(request: ViewerRequest) -> HttpResponse:
    """Record a holder's own decision whether their number is published: one tap on the phone's page 我的."""
    back = _sent_from(request)
    if not request.user.is_authenticated:  # the page before asks for the sign-in
        return redirect(back) if back else redirect_to_login(reverse("boards:index"))
    cadre = cadre_of(request.user.pk)
    if cadre is None or not _own(request).paths:
        raise Http404
    _settle(request, cadre)
    return redirect(back or "boards:index")


def _sent_from(request: ViewerRequest) -> str:
    """Return the address of the page whose form was sent, if it is one of ours."""
    sent = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(sent, {request.get_host()}, require_https=request.is_secure())
    return sent if ours else ""


def _settle(request: ViewerRequest, cadre: Cadre) -> None:
    """Agree or withdraw, by the button that was pressed."""
    act: dict[str, Any] = {"cadre": cadre, "by": request.viewer.user, "now": request.viewer.now}
    if request.POST.get("act") != "agree":
        contact_withdraw(**act)
        messages.success(request, f"{cadre.name}的电话不再公示。已经张贴的公示牌请重新打印更换。")
        return
    try:
        contact_agree(**act)
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    else:
        messages.success(request, f"{cadre.name}的电话已同意公示，扫码页面现在就能看到。")


@require_safe
def public(request: HttpRequest, code: str) -> HttpResponse:
    """`/b/<code>/`, public: names and agreed contacts of one building, whoever is signed in.

    Browsers do not cache it (`baibuting.common.headers`), so that a withdrawal takes effect at once. Not indexed.
    """
    viewer = viewer_of(request)
    board = board_by_code(code, viewer.today)
    if board is None:
        raise Http404
    week = open_week(board.building, viewer.now)
    return answer("boards/public.html", {"board": board, "code": code, "week": week, "now": viewer.now})
