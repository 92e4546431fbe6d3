"""Signing in and out, and changing one's own password."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import reverse

from accounts.admin_pages import account_of
from accounts.forms import SignInForm
from accounts.rules import sees_people


class SignIn(LoginView):
    """`/login/`: leads to where one wanted to go."""

    template_name = "login.html"
    authentication_form = SignInForm

    def get_default_redirect_url(self) -> str:
        """The front page shows people; whoever works without them begins with his lists."""
        begins = super().get_default_redirect_url()
        return begins if sees_people(account_of(self.request)) else reverse("admin:index")


class SignOut(LogoutView):
    """`/logout/`, by POST."""
