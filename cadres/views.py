"""`/emergency/`: emergency access to a building outside one's area."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from adminkit.pages import add_refusal, say_what_is_wrong
from buildings.viewer import ViewerRequest
from cadres.emergency import building_named, emergency_end, emergency_open, may_open
from cadres.forms import EmergencyForm
from cadres.selectors import emergencies_open


@login_required
@require_http_methods(["GET", "POST"])
def emergency(request: ViewerRequest) -> HttpResponse:
    """Show the user's open access, and a form for another. 404 for a user without that right."""
    account, scope, now = request.viewer.user, request.viewer.scope, request.viewer.now
    if not may_open(account, scope, now):
        raise Http404
    form = EmergencyForm(request.POST or None)
    say_what_is_wrong(form)
    if request.method == "POST" and form.is_valid() and _open(request, form):
        return redirect("cadres:emergency")
    context = {"form": form, "open": emergencies_open(account.pk, now)}
    return render(request, "cadres/emergency.html", context)


def _open(request: ViewerRequest, form: Any) -> bool:
    account, scope, typed = request.viewer.user, request.viewer.scope, form.cleaned_data
    try:
        building = building_named(typed["building"], scope)
        access = emergency_open(
            user=account, scope=scope, building=building, reason=typed["reason"], now=request.viewer.now
        )
    except ValidationError as refusal:
        add_refusal(form, refusal)
        return False
    until = timezone.localtime(access.until_at)
    messages.success(request, f"{building.full_name}可查看到 {until:%H:%M}，已知会该楼的各级负责人。")
    return True


@login_required
@require_POST
def emergency_stop(request: ViewerRequest, pk: int) -> HttpResponse:
    """End the user's own access before its time."""
    access = get_object_or_404(emergencies_open(request.viewer.user.pk, request.viewer.now), pk=pk)
    emergency_end(access=access, now=request.viewer.now, by=request.viewer.user)
    messages.success(request, f"{access.place.full_name}的紧急查看已结束。")
    return redirect("cadres:emergency")
