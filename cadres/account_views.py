"""`/holder-accounts/`: who in office has an account and who lacks one; opening accounts, with slips to hand out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.rules import code_shown
from baibuting.common.masking import mask_phone
from baibuting.common.paper import MissingCharactersError, NoFontError
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from buildings.viewer import Viewer, ViewerRequest
from cadres.account_holders import Holder, Tab, counted, holders, may_open_accounts, others_without_account
from cadres.account_opening import Opened, Slip, cadre_accounts_open
from cadres.choices import Post
from cadres.slips import slips_pdf

PER_PAGE = 100
PHONE = "/m/"  # where the phone's pages begin
NO_FONT = "这台服务器上没有中文字体，暂时打印不了开通单，没有开通任何账号。可以逐人“念给本人”，或请管理员安装字体 fonts-noto-cjk。"


@dataclass(frozen=True)
class Shown:
    """What the page shows: everybody in the chosen part of the scope, or those in one post there, and of them one list.

    `posts` are the posts one can choose from, as (code, label).
    """

    tab: Tab
    part: Place | None
    people: list[Holder]
    posts: list[tuple[str, str]]
    post: str = ""

    @property
    def post_label(self) -> str:
        return dict(self.posts).get(self.post, "")

    @property
    def listed(self) -> list[Holder]:
        return [one for one in self.people if one.is_in(self.tab)]

    def waiting(self, now: datetime) -> list[Holder]:
        """Return the listed who lack an account or a valid slip: "all" leaves the slips alone that are out."""
        return [one for one in self.listed if not one.why_not and not one.has_valid_slip(now)]

    @property
    def url(self) -> str:
        return f"{reverse('cadres:holder_accounts')}?tab={self.tab.value}{self.in_place}{self.in_post}"

    @property
    def in_place(self) -> str:
        return f"&place={self.part.pk}" if self.part else ""

    @property
    def in_post(self) -> str:
        return f"&post={self.post}" if self.post else ""


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def holder_accounts(request: ViewerRequest) -> HttpResponse:
    """Show the lists; by POST open the accounts of some or all, and answer with their slips or with one code."""
    if not may_open_accounts(request.viewer.user):
        raise PermissionDenied
    shown = _shown(request)
    return _open(request, shown) if request.method == "POST" else _page(request, shown)


def _shown(request: ViewerRequest) -> Shown:
    scope = request.viewer.scope.writable()
    tab, asked = request.GET.get("tab", ""), request.GET.get("place", "")
    part = None
    if asked:
        part = _parts(scope).filter(pk=int(asked[:18])).first() if asked.isdecimal() else None
        if part is None:
            raise Http404
    of = scope.within_paths([part.path]) if part is not None else None
    people = holders(request.viewer, of=of)
    held = {post for one in people for post in one.held}
    posts = [(code, str(label)) for code, label in Post.choices if code in held]
    post = request.GET.get("post", "")
    if post in held:
        people = [one for one in people if post in one.held]
    return Shown(
        Tab(tab) if tab in Tab.values else Tab.NONE, part, people, posts, post if post in held else ""
    )


def _parts(scope: Scope) -> Any:
    """Return the places by which the lists can be narrowed: whole communities, 苑区 and 片区 in the scope."""
    return Place.objects.within(scope).active().exclude(level=Level.BUILDING)


def _page(request: ViewerRequest, shown: Shown, code: Slip | None = None) -> HttpResponse:
    page = Paginator(shown.listed, PER_PAGE).get_page(request.GET.get("page"))
    now = request.viewer.now
    rows = [{"one": one, "phone": mask_phone(one.phone), "code": one.code_label(now)} for one in page]
    context = {
        "tabs": [(tab, tab.label, number, tab == shown.tab) for tab, number in counted(shown.people)],
        "shown": shown,
        "page": page,
        "rows": rows,
        "waiting": len(shown.waiting(now)),
        "openable": any(not one.why_not for one in shown.listed),
        "parts": _parts(request.viewer.scope.writable())
        .select_related("parent__parent")
        .order_by(*TREE_ORDER),
        "others": others_without_account(request.viewer),
        "has_scope": request.viewer.scope.everywhere or bool(request.viewer.scope.paths),
        "sees_cadres": request.user.has_perm("cadres.view_cadre"),
        "days": settings.ACCOUNT_CODE_DAYS,
        "code": code,
        "code_shown": code_shown(code.code) if code else "",
        "address": _address(request),
        "has_public_url": bool(settings.PUBLIC_URL),
    }
    return render(request, "cadres/holder_accounts.html", context)


def _address(request: ViewerRequest) -> str:
    """Return the address in the QR code: at the portal's public address where the installation has one."""
    return f"{settings.PUBLIC_URL}{PHONE}" if settings.PUBLIC_URL else request.build_absolute_uri(PHONE)


@sensitive_variables()
def _open(request: ViewerRequest, shown: Shown) -> HttpResponse:
    """Open the accounts asked for. Where the slips cannot be made, none is opened: their codes would be lost."""
    reads_out = request.POST.get("act", "").startswith("read")
    try:
        with transaction.atomic():
            opened = cadre_accounts_open(cadre_ids=_asked(request, shown), by=request.viewer)
            data = b"" if reads_out or not opened.slips else _pdf(request, opened)
    except (ValidationError, NoFontError, MissingCharactersError) as refusal:
        messages.error(request, _refusal(refusal))
        return redirect(shown.url)
    for name, why in opened.left_out[:5] if not opened.slips else ():
        messages.error(request, f"{name}：{why}。")
    if not opened.slips:
        if not opened.left_out:
            messages.error(request, "所选的人不由您开通，没有开通任何账号。")
        return redirect(shown.url)
    if reads_out:
        return _page(request, _shown(request), opened.slips[0])
    left = f"，另有 {len(opened.left_out)} 人没有开通，见末页" if opened.left_out else ""
    messages.success(request, f"已生成 {len(opened.slips)} 张开通单{left}。")
    return _download(request.viewer, data)


def _asked(request: ViewerRequest, shown: Shown) -> Collection[int]:
    """Return the ids of the cadres that the pressed button means; services check them against the scope."""
    act = request.POST.get("act", "")
    if act == "all":
        return [one.cadre.pk for one in shown.waiting(request.viewer.now)]
    sent = [act.removeprefix("read-")] if act.startswith("read-") else request.POST.getlist("cadre")
    return {int(one[:18]) for one in sent if one.isdecimal()}


def _pdf(request: ViewerRequest, opened: Opened) -> bytes:
    until = request.viewer.today + timedelta(days=settings.ACCOUNT_CODE_DAYS)
    return slips_pdf(opened, address=_address(request), site="百步亭网格", valid_until=until)


def _refusal(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return "；".join(refusal.messages)
    return NO_FONT if isinstance(refusal, NoFontError) else f"{refusal}没有开通任何账号，请逐人“念给本人”。"


def _download(viewer: Viewer, data: bytes) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    name = f"开通单_{viewer.today:%Y%m%d}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
