"""Acting on a duty from the phone by plain forms, and reading what was written about it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from buildings.viewer import ViewerRequest
from cadres.viewer import PostHolder
from duties.action_views import case_of, form_for, handle, opened_words, way_back
from duties.models import Duty
from duties.rows import duties_listed, duty_rows
from duties.visibility import disclosure_for
from phone.views.base import for_post_holders, say, show
from phone.views.today import duty_context


def _find(viewer: PostHolder, pk: int) -> Duty:
    found = duties_listed(viewer.scope).select_related("care_record__category").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: ViewerRequest, viewer: PostHolder, pk: int, kind: str) -> HttpResponse:
    """`/m/duties/<id>/handle/<kind>/`: take one of the duty's actions, then return to the page before."""
    duty = _find(viewer, pk)
    form = form_for(kind, duty, request)
    back = way_back(request, reverse("phone:duty", args=[duty.pk]), below=reverse("phone:today"))
    if request.method == "POST" and handle(request, duty, form):
        say(request, form.done)
        return HttpResponseRedirect(back)
    disclosure = disclosure_for(viewer, {duty.accountable})
    case = case_of(viewer, duty, disclosure)
    row = duty_rows([duty], disclosure, viewer.now)[0]
    context: dict[str, Any] = {
        "title": form.title,
        "subtitle": row.address,
        "row": row,
        "form": form,
        "explanation": form.explanation,
        "refusal": case.refusal(form.kind),
        "is_vacant": case.lacks_a_holder,
        "back": back,
    }
    return show(request, viewer, "handle.html", context, status=422 if form.errors else 200)


@for_post_holders
@require_POST
def words(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/duties/<id>/words/`: what was written about a duty, for those accountable for the person; audited."""
    duty = _find(viewer, pk)
    disclosure = disclosure_for(viewer, {duty.accountable})
    context = {**duty_context(request, viewer, duty, disclosure), **opened_words(request, duty, disclosure)}
    return show(request, viewer, "duty.html", context)
