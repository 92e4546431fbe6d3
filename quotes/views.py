"""金句接龙 for anybody: one POST a step, and nothing kept of who plays, neither a session nor a cookie."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from baibuting.common.public import answer as page
from buildings.viewer import viewer_of
from quotes.game import Question, questions
from quotes.rules import A_GAME
from quotes.selectors import Table, standing, table_by_list, table_by_place
from quotes.services import Answer, answer_count

SIGNER = Signer(salt="quotes.game")
OVER = "这一局已经过期，或者句子刚刚有改动，请从第一句重新开始。"
CHOOSE = "请先选一个下半句，再点“接上”。"


@dataclass(frozen=True, slots=True)
class State:
    """How a game stands: all that its page remembers, signed. `begun_at` is in seconds since 1970."""

    quote_list: int
    place: int
    key: str
    begun_at: float
    step: int = 0
    right: int = 0

    def signed(self) -> str:
        """Return it as the page holds it."""
        return SIGNER.sign_object(asdict(self))


@csrf_exempt  # nobody is signed in here, and nothing is done in anybody's name
@require_http_methods(["GET", "HEAD", "POST"])
def by_list(request: HttpRequest, code: str) -> HttpResponse:
    """`/q/<code>/`, public: play a list, counted for its community."""
    return _play(request, table_by_list(code))


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
def by_place(request: HttpRequest, code: str) -> HttpResponse:
    """`/b/<code>/quotes/`, public: play the community's open list, counted for the building whose code was read."""
    return _play(request, table_by_place(code))


def _play(request: HttpRequest, table: Table | None) -> HttpResponse:
    if table is None:
        raise Http404
    now = viewer_of(request).now
    if request.method != "POST":
        return _asked(table, _begun(table, now))
    state = _read(request.POST.get("state", ""), table, now)
    asked = questions(table.sentences, state.key) if state else []
    if state is None or state.step >= len(asked):
        return _asked(table, _begun(table, now), note=OVER)
    question = asked[state.step]
    chosen = request.POST.get("option", "")
    if chosen not in [str(at) for at in range(len(question.options))]:
        return _asked(table, state, note=CHOOSE)
    return _answered(table, state, asked, is_right=int(chosen) == question.right, now=now)


def _begun(table: Table, now: datetime) -> State:
    return State(table.quote_list.pk, table.place.pk, get_random_string(16), now.timestamp())


def _read(signed: str, table: Table, now: datetime) -> State | None:
    """Return the state that a page has sent; None where it is not ours, of another list or place, or too old."""
    try:
        state = State(**SIGNER.unsign_object(signed))
    except (BadSignature, ValueError, TypeError):  # not signed by us, or by a release that knew other fields
        return None
    is_here = (state.quote_list, state.place) == (table.quote_list.pk, table.place.pk)
    return state if is_here and 0 <= now.timestamp() - state.begun_at <= A_GAME.total_seconds() else None


def _answered(
    table: Table, state: State, asked: list[Question], *, is_right: bool, now: datetime
) -> HttpResponse:
    question = asked[state.step]
    begun_at = datetime.fromtimestamp(state.begun_at, now.tzinfo)
    answer = Answer(game=state.key, begun_at=begun_at, step=state.step, is_right=is_right)
    answer_count(quote_list=table.quote_list, place=table.place, answer=answer, now=now)
    after = State(
        table.quote_list.pk, table.place.pk, state.key, state.begun_at, state.step + 1, state.right + is_right
    )
    told = {
        "is_right": is_right,
        "first_half": question.first_half,
        "second_half": question.options[question.right],
    }
    if after.step < len(asked):
        return _asked(table, after, told=told)
    whole = [one.first_half + one.options[one.right] for one in asked]
    context = {
        "table": table, "told": told, "whole": whole, "right": after.right, "standing": standing(table)
    }  # fmt: skip
    return page("quotes/over.html", context)


def _asked(table: Table, state: State, **more: Any) -> HttpResponse:
    asked = questions(table.sentences, state.key)
    context = {
        "table": table,
        "question": asked[state.step],
        "number": state.step + 1,
        "count": len(asked),
        "state": state.signed(),
    }
    return page("quotes/question.html", context | more)
