"""The office's pages of channels, what a person chooses for himself, and calling whom no message has reached."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import may_write
from adminkit.pages import add_refusal
from audit.revealing import sealed_reveal
from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import ViewerRequest
from cadres.models import Cadre
from duties.bell import notices_unseen
from messaging.choices import NAMED_WAYS, SMS_KINDS, ChannelKind, Matter, Way
from messaging.forms import ChannelForm, WishForm, asked_to
from messaging.models import Attempt, Channel, Message
from messaging.rules import KEEPS_CADRES, SMS_TEXT, answer_sentence, way_of
from messaging.selectors import addresses_of, cadre_of, channel_rows, incidents_open
from messaging.services import addresses_set, call_note, channel_set, channel_try, preference_set

CALL = "事件页面点“打电话”"
PER_PAGE = 50
ATTEMPTS = 10


def _communities(request: ViewerRequest) -> list[Place]:
    """Return the communities whose channels the viewer sets up."""
    if not may_write(request.viewer.user, KEEPS_CADRES):
        raise PermissionDenied
    own = Place.objects.within(request.viewer.scope.writable()).active()
    return list(own.filter(level=Level.COMMUNITY).order_by("pk"))


def _community(request: ViewerRequest, pk: int) -> Place:
    found = next((one for one in _communities(request) if one.pk == pk), None)
    if found is None:
        raise Http404
    return found


def _kind(kind: str) -> ChannelKind:
    if kind not in ChannelKind.values:
        raise Http404
    return ChannelKind(kind)


@login_required
@require_safe
def channels(request: ViewerRequest) -> HttpResponse:
    """`/channels/`: every kind of channel, whether it is used, and what it said last."""
    shown = [
        (community, [(row, _said(row.last)) for row in channel_rows(community.pk)])
        for community in _communities(request)
    ]
    context = {"communities": shown, "has_public_url": bool(settings.PUBLIC_URL)}
    return render(request, "messaging/channels.html", context)


def _said(attempt: Any) -> str:
    return answer_sentence(attempt.channel.kind, attempt.outcome, attempt.code) if attempt else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def channel(request: ViewerRequest, pk: int, kind: str) -> HttpResponse:
    """`/channels/<community>/<kind>/`: what the provider gave, whether it is used, and a test."""
    community, found = _community(request, pk), _kind(kind)
    row = Channel.objects.within(request.viewer.scope).filter(community=community, kind=found).first()
    form = ChannelForm(found, row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            channel_set(
                community=community,
                kind=found,
                is_on=form.cleaned_data["is_on"],
                settings=form.settings,
                by=request.viewer.user,
                now=request.viewer.now,
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{found.label}已保存。请在下面发一条测试消息。")
            return redirect("messaging:channel", pk=community.pk, kind=found.value)
    return _channel_page(request, community, found, row, form)


def _channel_page(
    request: ViewerRequest, community: Place, kind: ChannelKind, row: Channel | None, form: ChannelForm
) -> HttpResponse:
    attempts = Attempt.objects.within(request.viewer.scope).filter(channel=row).select_related("cadre")
    label, example = asked_to(kind)
    context = {
        "community": community,
        "kind": kind,
        "channel": row,
        "form": form,
        "to_label": label,
        "to_example": example,
        "attempts": [
            (one, answer_sentence(kind, one.outcome, one.code))
            for one in attempts.order_by("-at", "-pk")[:ATTEMPTS]
        ],
        "way": way_of(kind) if way_of(kind) in NAMED_WAYS else "",
        "sms_text": SMS_TEXT.format("${count}" if kind == ChannelKind.ALIYUN else "{1}")
        if kind in SMS_KINDS
        else "",
        "has_public_url": bool(settings.PUBLIC_URL),
    }
    return render(request, "messaging/channel.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def channel_test(request: ViewerRequest, pk: int, kind: str) -> HttpResponse:
    """`/channels/<community>/<kind>/try/`: one test message; the provider's answer as a sentence."""
    community, found = _community(request, pk), _kind(kind)
    row = Channel.objects.within(request.viewer.scope).filter(community=community, kind=found).first()
    if row is None:
        messages.error(request, "请先填写设置并保存，再发测试消息。")
        return redirect("messaging:channel", pk=community.pk, kind=found.value)
    try:
        attempt = channel_try(channel=row, to=request.POST.get("to", ""), now=request.viewer.now)
    except ValidationError as refusal:
        messages.error(request, "".join(refusal.messages))
    else:
        told = messages.success if attempt.outcome == "accepted" else messages.error
        told(request, answer_sentence(found, attempt.outcome, attempt.code))
    return redirect("messaging:channel", pk=community.pk, kind=found.value)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def names(request: ViewerRequest, pk: int, way: str) -> HttpResponse:
    """`/channels/<community>/<way>/names/`: what a platform calls each cadre of the community."""
    community = _community(request, pk)
    if way not in NAMED_WAYS:
        raise Http404
    cadres = Cadre.objects.within(request.viewer.scope).filter(community=community, user__isnull=False)
    page = Paginator(cadres.order_by("name_initials", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    shown, wrong = {one.pk: one for one in page}, {}
    values = addresses_of(shown, way)
    if request.method == "POST":
        sent = {one: request.POST[f"name-{one}"] for one in shown if f"name-{one}" in request.POST}
        try:
            count = addresses_set(
                community=community, way=way, values=sent, by=request.viewer.user, now=request.viewer.now
            )
        except ValidationError as refusal:
            wrong = {int(one): "".join(words) for one, words in refusal.message_dict.items()}
            values = values | sent
        else:
            messages.success(request, f"已保存，改了 {count} 人。")
            return redirect(f"{request.path}?page={page.number}")
    context = {
        "community": community,
        "way": Way(way),
        "page": page,
        "rows": [(one, values.get(one.pk, ""), wrong.get(one.pk, "")) for one in shown.values()],
    }
    return render(request, "messaging/names.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def mine(request: ViewerRequest) -> HttpResponse:
    """`/channels/mine/`: how one wants to be told, from the card on the phone's page 我的."""
    cadre = cadre_of(request.viewer.user.pk)
    if cadre is None or not request.viewer.scope.paths:
        raise Http404
    form = WishForm(request.POST)
    if not form.is_valid():
        messages.error(request, "".join(str(words) for row in form.errors.values() for words in row))
        return _back(request)
    try:
        _wish_set(request, cadre, form)
    except ValidationError as refusal:
        messages.error(request, "".join(refusal.messages))
        return _back(request)
    messages.success(request, "提醒方式已保存。")
    return _back(request)


@transaction.atomic
def _wish_set(request: ViewerRequest, cadre: Cadre, form: WishForm) -> None:
    for way in NAMED_WAYS:
        if f"name-{way.value}" in request.POST:
            addresses_set(
                community=cadre.community,
                way=way,
                values={cadre.pk: request.POST[f"name-{way.value}"]},
                by=request.viewer.user,
                now=request.viewer.now,
            )
    ways = {matter.value: request.POST.getlist(matter.value) for matter in Matter}
    preference_set(cadre=cadre, ways=ways, **form.cleaned_data)


def _back(request: ViewerRequest) -> HttpResponse:
    """Lead to the page whose form was sent, if it is one of ours."""
    sent = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(sent, {request.get_host()}, require_https=request.is_secure())
    return redirect(sent if ours else "/")


@login_required
@require_safe
def unseen(request: ViewerRequest) -> HttpResponse:
    """`/channels/unseen/`: two numbers for the notices of the browser: notices not opened, incidents running."""
    scope = request.viewer.scope
    told = {"notices": notices_unseen(scope), "incidents": incidents_open(scope)}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _message(request: ViewerRequest, pk: int) -> Message:
    found = Message.objects.within(request.viewer.scope).filter(matter=Matter.INCIDENT, pk=pk)
    message = found.select_related("cadre", "duty").first()
    if message is None:
        raise Http404
    return message


@login_required
@require_POST
def call(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/channels/call/<message>/`: the number of whoever was to be told of an incident; audited."""
    message = _message(request, pk)
    context: dict[str, Any] = {
        "message_pk": message.pk,
        "cadre": message.cadre,
        "number": "",
        "next": _safe_next(request),
    }
    try:
        seen = sealed_reveal(
            row=message.cadre, fields=["phone"], reason=CALL, user=request.viewer.user, now=request.viewer.now
        )
        context["number"] = seen["phone"]
    except ValidationError as refusal:
        context["refusal"] = "".join(refusal.messages)
    return render(request, "messaging/call.html", context)


def _safe_next(request: ViewerRequest) -> str:
    sent = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(sent, {request.get_host()}, require_https=request.is_secure())
    return sent if ours else reverse("messaging:channels")


@login_required
@require_POST
def called(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/channels/called/<message>/`: whether somebody got through by telephone."""
    message = _message(request, pk)
    call_note(
        message=message,
        is_reached=request.POST.get("reached") == "1",
        by=request.viewer.user,
        now=request.viewer.now,
    )
    return _back(request)
