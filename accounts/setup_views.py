"""`/first-account/`: the first account of an installation, made by whoever has started it."""

from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.codes import FIRST, first_code_waits
from accounts.forms import FirstAccountForm
from accounts.lockout import locked_page
from accounts.models import User
from accounts.setup import first_account_create, setup_waits
from adminkit.pages import add_refusal, say_what_is_wrong

TRIES = {"username": FIRST}  # wrong codes are counted as wrong passwords of an account of that name


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_account(request: HttpRequest) -> HttpResponse:
    """Make the first account and sign in with it. 404 as soon as there is an active account."""
    if not setup_waits():
        raise Http404
    if not first_code_waits(timezone.now()):
        return render(request, "accounts/first_account.html", {"has_code": False})
    if not AxesProxyHandler.is_allowed(request, TRIES):
        return locked_page(request, credentials=TRIES)
    form = FirstAccountForm(request.POST or None)
    say_what_is_wrong(form)
    if request.method == "POST" and form.is_valid():
        account = _create(request, form)
        if account is not None:
            login(request, account, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("/")
    return render(request, "accounts/first_account.html", {"has_code": True, "form": form})


@sensitive_variables()
def _create(request: HttpRequest, form: FirstAccountForm) -> User | None:
    typed = {name: form.cleaned_data[name] for name in ("code", "username", "name", "phone", "password")}
    try:
        return first_account_create(**typed, now=timezone.now())
    except ValidationError as refusal:
        add_refusal(form, refusal)
        if "code" in getattr(refusal, "error_dict", {}):
            AxesProxyHandler.user_login_failed(first_account, TRIES, request)
        return None
