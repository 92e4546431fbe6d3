"""The pages of two-step sign-in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from accounts.forms import CodeForm
from accounts.models import SecondFactor
from accounts.routing import account_of
from accounts.second_step import (
    backup_codes_renew,
    codes_left,
    provisioning_uri,
    second_factor_begin,
    second_factor_check,
    second_factor_confirm,
)
from accounts.sessions import VERIFIED, verified_mark
from accounts.views import begins, wanted
from adminkit.pages import add_refusal, say_what_is_wrong


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Show `/second-step/`, the second step of a sign-in, and check its code."""
    account = account_of(request)
    if account.second_factor_since is None or request.session.get(VERIFIED) == verified_mark(account):
        return redirect(wanted(request))
    form = CodeForm(request.POST or None)
    say_what_is_wrong(form)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor_check(account=account, code=form.cleaned_data["code"], now=timezone.now())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            request.session.cycle_key()
            request.session[VERIFIED] = verified_mark(account)
            return redirect(wanted(request))
    return render(request, "accounts/second_step.html", {"form": form})


@never_cache
@sensitive_post_parameters()
@sensitive_variables("codes")
@login_required
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show `/second-step/enrol/`: enrol a phone and confirm it by a code; once in force, show its options."""
    account = account_of(request)
    if account.second_factor_since is not None:
        return _in_force(request)
    factor = second_factor_begin(account=account)
    form = CodeForm(request.POST or None)
    say_what_is_wrong(form)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor_confirm(account=account, code=form.cleaned_data["code"], now=timezone.now())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            request.session[VERIFIED] = verified_mark(account)
            return _codes(request, codes)
    letters = [factor.secret[start : start + 4] for start in range(0, len(factor.secret), 4)]
    return render(request, "accounts/second_step_enrol.html", {"form": form, "letters": letters})


def _in_force(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    if request.method == "POST" and "renew" in request.POST:
        return _codes(request, backup_codes_renew(account=account, now=timezone.now()))
    context: dict[str, Any] = {"left": codes_left(account), "since": account.second_factor_since}
    return render(request, "accounts/second_step_on.html", {**context, "begins": begins(request)})


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    pairs = [f"{code[:5]} {code[5:]}" for code in codes]
    return render(request, "accounts/second_step_codes.html", {"codes": pairs, "goes_on": wanted(request)})


@never_cache
@login_required
@require_GET
def qr(request: HttpRequest) -> HttpResponse:
    """Return `/second-step/qr.svg`: the secret as a QR code, for its owner and only until it is in force."""
    account = account_of(request)
    factor = SecondFactor.objects.filter(user=account, confirmed_at=None).first()
    if factor is None:
        raise Http404
    picture = BytesIO()
    segno.make(provisioning_uri(factor, account), error="m", micro=False).save(
        picture, kind="svg", scale=5, border=3, light="#ffffff", svgclass=None, lineclass=None
    )
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
