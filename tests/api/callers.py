"""A client of the interface, as short words for its tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.test import Client

from api.choices import Audience, Grant
from api.models import ApiClient
from api.services import client_open, token_issue
from buildings.models import Place

_numbers = count(1)
READS = [
    grant for grant in Grant if grant.value.split("_")[0] != "write" and not grant.value.endswith("_names")
]
WRITES = [Grant.WRITE_VISITS, Grant.WRITE_INCIDENTS]


class Caller:
    """Asks as a program does: a bearer token, JSON in, JSON out."""

    def __init__(self, client: ApiClient, token: str) -> None:
        self.client, self.token = client, token
        self._http = Client()

    def _headers(self, extra: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **extra}

    def get(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._http.get(f"/api/v1/{path}", params or {}, headers=self._headers(headers))

    def post(self, path: str, body: Any, key: str = "", **headers: str) -> Any:
        if key:
            headers["Idempotency-Key"] = key
        return self._http.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers=self._headers(headers),
        )

    def all(self, path: str, limit: int = 100, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows, cursor = [], None
        while True:
            asked = {**params, "limit": limit, **({"cursor": cursor} if cursor else {})}
            page = self.get(path, asked)
            assert page.status_code == 200, page.content.decode()
            rows += page.json()["results"]
            cursor = page.json()["next"]
            if cursor is None:
                return rows


def caller(
    *places: Place,
    now: datetime,
    grants: Sequence[str] = (*READS, *WRITES),
    audience: str = Audience.COMMUNITY,
    rate: int = 6000,
    expires_at: datetime | None = None,
) -> Caller:
    """A client with one token."""
    client = client_open(
        name=f"平台{next(_numbers)}",
        audience=audience,
        places=places,
        grants=list(grants),
        purpose="测试",
        now=now,
        by=None,
        rate=rate,
    )
    _, token = token_issue(
        client=client,
        label="测试",
        grants=list(grants),
        expires_at=expires_at or now + timedelta(days=30),
        now=now,
        by=None,
    )
    return Caller(client, token)
