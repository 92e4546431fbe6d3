"""Text goes over the wire compressed: people pay for their data, and a stairwell's signal is slow."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")


class TextCompressionMiddleware(GZipMiddleware):
    """Django's own, for text alone: workbooks and pictures are compressed already.

    Its random padding guards pages that hold a token and what was typed side by side (BREACH).
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not response.get("Content-Type", "").startswith(TEXT):
            return response
        return super().process_response(request, response)
