"""Compression of text responses: cadres pay for their data, and the signal in a stairwell is slow."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")


class TextCompressionMiddleware(GZipMiddleware):
    """Django's GZipMiddleware for text alone: workbooks and pictures are compressed already.

    Its random padding protects pages that hold both a token and user input (BREACH).
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not response.get("Content-Type", "").startswith(TEXT):
            return response
        return super().process_response(request, response)
