"""Receiving entries: as JSON from the queue, and as plain forms where there is no JavaScript."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baibuting.common.entries import Entry, entry_from, entry_typed
from baibuting.common.pictures import LARGEST_PHOTO
from buildings.viewer import ViewerRequest
from cadres.viewer import PostHolder, post_holder
from phone.choices import State
from phone.models import Submission
from phone.rules import LARGEST_ENTRY
from phone.selectors import epoch
from phone.services import UnknownEntryError, phone_heard, photo_take, submission_take
from phone.views.base import say

NOT_FIELDS = ("csrfmiddlewaretoken", "uid", "kind")
# What the phone is answered; an entry that the office has decided counts as stored.
TOLD = {State.CONFLICT: ("conflict", 409), State.QUARANTINED: ("quarantined", 422)}
SIGNED_OUT = {"state": "signed-out", "message": "请重新登录。"}


@never_cache
@require_safe
def session(request: ViewerRequest) -> HttpResponse:
    """`/m/session/`: {"user": id or null, "csrf": token, "epoch": uid}; the queue asks before it sends."""
    viewer = post_holder(request.viewer)
    user = viewer.user.pk if viewer else None
    if viewer is not None:
        phone_heard(cadre_id=viewer.cadre.pk, now=viewer.now)
    return JsonResponse({"user": user, "csrf": get_token(request), "epoch": epoch()})


@never_cache
@require_POST
def submit(request: ViewerRequest) -> HttpResponse:
    """`/m/submit/`: one entry as JSON. The answer echoes uid and hash: 201, 200, 409, 422; else nothing was taken."""
    viewer = post_holder(request.viewer)
    if viewer is None:
        return JsonResponse(SIGNED_OUT, status=401)
    phone_heard(cadre_id=viewer.cadre.pk, now=viewer.now)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_ENTRY:
        return JsonResponse({"state": "too-large", "message": "这条记录太长，请缩短文字再发。"}, status=413)
    try:
        entry = entry_from(json.loads(request.body))
    except (ValueError, RecursionError):  # no JSON, or bytes that are no text
        return JsonResponse({"state": "unreadable"}, status=400)
    except ValidationError as refusal:
        return JsonResponse({"state": "unreadable", "message": "".join(refusal.messages)}, status=400)
    row, is_new = _take(entry, viewer)
    state, status = TOLD.get(State(row.state), ("stored", 201 if is_new else 200))
    return JsonResponse(
        {"uid": str(entry.uid), "hash": row.hash, "state": state, "message": row.message}, status=status
    )


def _take(entry: Entry, viewer: PostHolder, *, keep_refused: bool = True) -> tuple[Submission, bool]:
    return submission_take(
        entry=entry,
        scope=viewer.scope.writable(),
        sender=viewer.user,
        cadre=viewer.cadre,
        now=viewer.now,
        keep_refused=keep_refused,
    )


@never_cache
@require_POST
def photo(request: ViewerRequest) -> HttpResponse:
    """`/m/photo/`: one photo, after its entry. 201 echoes uid and sha256; 422 can never be taken; else try again."""
    viewer = post_holder(request.viewer)
    if viewer is None:
        return JsonResponse(SIGNED_OUT, status=401)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_PHOTO + LARGEST_ENTRY:
        return JsonResponse({"state": "too-large"}, status=413)
    sent, upload = request.POST, request.FILES.get("file")
    try:
        uid, entry_uid = UUID(sent.get("uid", "")), UUID(sent.get("entry", ""))
        if upload is None:
            raise ValueError
        photo_take(
            uid=uid,
            entry_uid=entry_uid,
            sent_hash=sent.get("sha256", ""),
            data=upload.read(),
            sender=viewer.user,
            now=viewer.now,
        )
    except UnknownEntryError:
        return JsonResponse({"state": "entry-first"}, status=404)
    except ValueError:  # cut off on the way
        return JsonResponse({"state": "incomplete"}, status=400)
    except ValidationError as refusal:
        answer = {"uid": str(uid), "state": "quarantined", "message": "".join(refusal.messages)}
        return JsonResponse(answer, status=422)
    return JsonResponse({"uid": str(uid), "sha256": sent["sha256"], "state": "stored"}, status=201)


def typed_entry(request: ViewerRequest, viewer: PostHolder, kind: str) -> Entry:
    """Return the entry of a form that was sent without JavaScript."""
    fields: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values
        for name, values in request.POST.lists()
        if name not in NOT_FIELDS
    }
    try:
        uid = UUID(request.POST.get("uid", ""))
    except ValueError:
        uid = uuid4()
    return entry_typed(uid, kind, fields, viewer.now)


def take_typed(request: ViewerRequest, viewer: PostHolder, entry: Entry) -> None:
    """Take an entry with its photos, and report the outcome. Raises ValidationError at the field that is wrong."""
    row, _ = _take(entry, viewer, keep_refused=False)
    said = "已保存。" if row.state != State.CONFLICT else "和先前保存的不一样，两份都留着，由社区办核对。"
    say(request, said)
    for upload in request.FILES.getlist("photo"):
        data = upload.read()
        try:
            photo_take(
                uid=uuid4(),
                entry_uid=entry.uid,
                sent_hash=hashlib.sha256(data).hexdigest(),
                data=data,
                sender=viewer.user,
                now=viewer.now,
            )
        except ValidationError as refusal:
            say(request, "".join(refusal.messages), is_error=True)
