"""Signing in on a phone for a long session; signing out, which asks first."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.sessions import TRUSTED
from accounts.views import SignIn as DeskSignIn
from baibuting.common.days import local_day
from buildings.viewer import ViewerRequest
from cadres.viewer import PostHolder
from phone.forms import PhoneSignInForm
from phone.rules import BORROWED_SESSION, TRUSTED_SESSION
from phone.views.base import for_post_holders, show


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class SignIn(DeskSignIn):
    """`/m/sign-in/`: a trusted phone stays signed in for half a year, a borrowed one for two hours."""

    template_name = "phone/sign_in.html"
    authentication_form = PhoneSignInForm
    extra_context = {"title": "登录"}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "today": local_day(timezone.now())}

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        trusted = form.cleaned_data["trusted"]
        if trusted:
            self.request.session[TRUSTED] = True
        self.request.session.set_expiry(TRUSTED_SESSION if trusted else BORROWED_SESSION)
        return answer

    def get_success_url(self) -> str:
        """Return the page asked for if it is one of the phone's, else 今日."""
        wanted = self.request.POST.get("next", self.request.GET.get("next", ""))
        home = reverse("phone:today")
        is_ours = wanted.startswith(home) and url_has_allowed_host_and_scheme(
            wanted, {self.request.get_host()}
        )
        return wanted if is_ours else home


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/sign-out/`: show what this phone has not sent yet, then sign out by POST."""
    if request.method == "POST":
        logout(request)
        return redirect("phone:sign_in")
    return show(request, viewer, "sign_out.html", {"title": "退出登录"}, tab="mine")
