"""The description of the interface and the page on which one reads it and tries it out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView

from baibuting.common.headers import CONTENT_SECURITY_POLICY

# Swagger UI draws its arrows as pictures inside its own style sheet.
DRAWN = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")


class SchemaView(SpectacularAPIView):
    """The description; it holds nothing of anybody and needs no token."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


def documentation(request: HttpRequest) -> HttpResponse:
    """The page; what it shows comes from the description, what it sends carries the token typed into it."""
    response = render(request, "api/documentation.html")
    response["Content-Security-Policy"] = DRAWN
    return response
