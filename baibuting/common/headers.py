"""Headers of every response: load nothing from elsewhere, run no inline script, keep no copy.

And the first check of every request: one that is too large is refused before a byte of its body is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[[HttpRequest], HttpResponse]


def policy(sources: Mapping[str, str]) -> str:
    """Return a Content-Security-Policy from directive → sources."""
    return "; ".join(f"{directive} {allowed}".strip() for directive, allowed in sources.items())


CONTENT_SECURITY_POLICY = policy(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
)
# The portal needs no device feature; a picture is taken through a file field, which needs no permission.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


class HeadersMiddleware:
    """Sets the headers of every response; a view that has set one of them itself keeps its own.

    Anything but a static file may be about people: no browser or proxy keeps a copy of it.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cache-Control", "no-store")
        return response


class LargestRequestMiddleware:
    """Answers 413 to a request whose Content-Length exceeds any allowed upload; its body is not read.

    The server passes on no more of a body than its Content-Length says, so there is nothing else to count.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.LARGEST_REQUEST:
            response = render(request, "413.html", {"megabytes": settings.LARGEST_REQUEST >> 20}, status=413)
            response["Connection"] = "close"
            return response
        return self.get_response(request)
