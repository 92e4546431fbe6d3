"""What a client may have."""

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
    """A client as one request sees it: its scope, and the grants its token leaves it."""

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
        """Return whether it asks for somebody outside the community: then small figures are held back."""
        return self.client.audience != Audience.COMMUNITY

    def may(self, grant: str) -> bool:
        """Return whether it has a grant."""
        return grant in self.grants

    @property
    def row_kinds(self) -> list[str]:
        """Return the kinds of rows it is given, in the feed's order."""
        return [code for code, kind in row_kinds().items() if kind.grant in self.grants]

    @property
    def community_ids(self) -> list[int]:
        """Return the communities its scope lies in."""
        return self.scope.communities()

    @property
    def disclosure_over(self) -> str:
        """Return a fingerprint of places and grants: whoever followed the feed under another one must begin anew."""
        words = [*sorted(map(str, self.place_ids)), "|", *sorted(self.grants)]
        return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def caller_of(token: ApiToken) -> Caller:
    """Return the caller behind a token that holds; its client comes loaded. One query."""
    places = dict(token.client.places.values_list("pk", "path"))
    return Caller(
        client=token.client,
        token=token,
        scope=scope_of_paths(places.values()),
        grants=frozenset(token.grants) & frozenset(token.client.grants),
        place_ids=frozenset(places),
    )


def client_scope(client: ApiClient) -> Scope:
    """Return the places of a client, as the one value by which everything is narrowed. One query."""
    return scope_of_paths(client.places.values_list("path", flat=True))


def scope_of_paths(paths: Iterable[str]) -> Scope:
    """Return a client holds no post and answers for nobody: it reads what lies at its places, names masked."""
    return Scope(paths=frozenset(paths))


def category_word(category: CareCategory | None) -> CategoryWord | None:
    """Return what a category is called outside; a sensitive one is only 重点对象."""
    if category is None:
        return None
    return CategoryWord.FOCUS if category.is_sensitive else CategoryWord(category.code)
