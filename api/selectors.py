"""What a client may read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from api.choices import Audience
from api.models import ApiClient, ApiToken
from api.rules import row_kinds
from buildings.scope import Scope
from residents.models import CareCategory
from stats.choices import CategoryWord


@dataclass(frozen=True, slots=True)
class Caller:
    """A client within one request: its scope, and its token's grants."""

    client: ApiClient
    token: ApiToken
    scope: Scope
    grants: frozenset[str]
    place_ids: frozenset[int]

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_outside(self) -> bool:
        """Return whether it reads on behalf of an office outside the community: then small figures are suppressed."""
        return self.client.audience != Audience.COMMUNITY

    def may(self, grant: str) -> bool:
        """Return whether it has a grant."""
        return grant in self.grants

    @property
    def row_kinds(self) -> list[str]:
        """Return the kinds of rows it is granted, in the feed's order."""
        return [code for code, kind in row_kinds().items() if kind.grant in self.grants]

    @property
    def community_ids(self) -> list[int]:
        """Return the communities its scope lies in."""
        return self.scope.communities()

    @property
    def disclosure_over(self) -> str:
        """Return a fingerprint of places and grants: a feed followed under another one must begin again."""
        words = [*sorted(map(str, self.place_ids)), "|", *sorted(self.grants)]
        return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def caller_of(token: ApiToken) -> Caller:
    """Return the caller behind a valid token, whose client is loaded. One query."""
    places = dict(token.client.places.values_list("pk", "path"))
    return Caller(
        client=token.client,
        token=token,
        scope=scope_of_paths(places.values()),
        grants=frozenset(token.grants) & frozenset(token.client.grants),
        place_ids=frozenset(places),
    )


def client_scope(client: ApiClient) -> Scope:
    """Return the scope of a client's places. One query."""
    return scope_of_paths(client.places.values_list("path", flat=True))


def scope_of_paths(paths: Iterable[str]) -> Scope:
    """Return a client's scope: it holds no post and is accountable for no one, so names are masked."""
    return Scope(paths=frozenset(paths))


def category_word(category: CareCategory | None) -> CategoryWord | None:
    """Return the name of a category for outside offices; a sensitive one is only 重点对象."""
    if category is None:
        return None
    return CategoryWord.FOCUS if category.is_sensitive else CategoryWord(category.code)
