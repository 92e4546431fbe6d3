"""Views for signing in and out, and for changing the user's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.device_cookies import device_remember
from accounts.forms import FirstPasswordForm, OwnPasswordForm, SignInForm
from accounts.models import User
from accounts.routing import account_of
from accounts.rules import may_open_admin, sees_people
from accounts.services import account_set_password
from accounts.sessions import ENDED, WHY_ENDED, Ended
from accounts.setup import setup_waits
from adminkit.pages import add_refusal, say_what_is_wrong


class SignIn(LoginView):
    """`/login/`: redirects to the page first requested."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm

    def get(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Show the form; while there is no account at all, lead to making the first."""
        if setup_waits():
            return redirect("accounts:first_account")
        return super().get(request, *args, **options)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and give the browser the cookie by which it is known."""
        answer = super().form_valid(form)
        device_remember(self.request, answer, form.get_user().get_username())
        return answer

    def get_default_redirect_url(self) -> str:
        """Return the user's start page."""
        return begins(self.request)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        ended = self.request.session.pop(ENDED, "") if self.request.method == "GET" else ""
        why = WHY_ENDED[Ended(ended)] if ended in list(Ended) else ""
        return {**super().get_context_data(**options), "why_ended": why}


class SignOut(LogoutView):
    """`/logout/`, by POST."""


def begins(request: HttpRequest) -> str:
    """Return the user's start page: the first page, or the admin's index for roles that do not work with people."""
    account = account_of(request)
    return "/" if sees_people(account) or not may_open_admin(account) else reverse("admin:index")


def wanted(request: HttpRequest) -> str:
    """Return the address requested before something had to be done first; else the start page."""
    url = request.GET.get("next", "")
    secure = request.is_secure()
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=secure)
    return url if is_ours else begins(request)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    """Show `/password/` and change the user's own password. This session stays, all others end."""
    account = account_of(request)
    form_class = FirstPasswordForm if account.must_change_password else OwnPasswordForm
    form = form_class(request.POST or None, account=account)
    say_what_is_wrong(form)
    if request.method == "POST" and form.is_valid() and _change(request, account, form):
        messages.success(request, "密码已修改。")
        return redirect(wanted(request))
    context = {
        "form": form,
        "begins": begins(request),
        "is_first": account.must_change_password,
        "by_code": not account.has_usable_password(),
    }
    return render(request, "accounts/password.html", context)


def _change(request: HttpRequest, account: User, form: Any) -> bool:
    try:
        changed = account_set_password(
            account=account, password=form.cleaned_data["password"], now=timezone.now(), by=account
        )
    except ValidationError as weak:
        add_refusal(form, weak)
        return False
    update_session_auth_hash(request, changed)
    return True
