"""`/phones/`: phones not heard from while something is due. A page of the desk."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.rules import may_view
from baibuting.common.days import local_day
from buildings.viewer import ViewerRequest
from cadres.selectors import secretary_on
from phone.selectors import waiting_count
from phone.silence import phones_silent

PER_PAGE = 50


@login_required
@require_GET
def phone_list(request: ViewerRequest) -> HttpResponse:
    """Show the silent phones of the scope, to the office and secretaries: who, where, since when, what waits."""
    now, user = request.viewer.now, request.viewer.user
    is_office = may_view(user, "phone.submission")
    if not is_office and not secretary_on(user, local_day(now)):
        raise Http404
    scope = request.viewer.scope
    page = Paginator(phones_silent(scope, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "days": settings.PHONE_SILENT_DAYS,
        "waiting": waiting_count(scope),
        "waiting_url": reverse("admin:phone_submission_changelist") if is_office else "",
    }
    return render(request, "phone/phone_list.html", context)
