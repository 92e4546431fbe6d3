"""The Caddy example says what the nginx one says, which a test drives. Caddy itself is not started by any test."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.processes import REPOSITORY

WRITTEN = (REPOSITORY / "deploy" / "caddy" / "Caddyfile").read_text()
PAGES = REPOSITORY / "deploy" / "pages"


@dataclass
class Directive:
    """A line of a Caddyfile, with what its braces hold."""

    words: list[str]
    inner: list[Directive] = field(default_factory=list)

    def one(self, *words: str) -> Directive:
        """The one directive below this that begins with these words."""
        (found,) = (each for each in self.inner if each.words[: len(words)] == list(words))
        return found


def parsed(text: str) -> Directive:
    """A Caddyfile as a tree. Raises ValueError where a brace is missing."""
    stack = [Directive([])]
    for line in text.splitlines():
        words = re.sub(r"(^|\s)#.*", "", line).split()
        if not words:
            continue
        if words == ["}"]:
            stack.pop()
            if not stack:
                raise ValueError("a brace too many")
            continue
        made = Directive([word for word in words if word != "{"])
        stack[-1].inner.append(made)
        if words[-1] == "{":
            stack.append(made)
    if len(stack) > 1:
        raise ValueError("a brace is not closed")
    return stack[0]


SITE = parsed(WRITTEN).one("portal.example.cn")
PROXY = SITE.one("reverse_proxy", "127.0.0.1:8000")


def test_it_works() -> None:
    """Who a client is says Caddy, whatever the client says."""
    assert PROXY.one("header_up", "X-Forwarded-For").words[2:] == ["{remote_host}"]
    assert PROXY.one("header_up", "X-Forwarded-Proto").words[2:] == ["{scheme}"]
    assert "trusted_proxies" not in WRITTEN


def test_bodies_and_answers_are_kept_whole_and_small() -> None:
    assert SITE.one("request_body").one("max_size").words[1] == "32MB"
    assert PROXY.one("request_buffers").words[1] == "32MB"
    assert PROXY.one("response_buffers").words[1] == "4MB"


def test_what_is_for_inside_stays_inside() -> None:
    assert SITE.one("@inside", "path").words[2:] == ["/healthz", "/livez", "/metrics"]
    assert SITE.one("respond", "@inside").words[2:] == ["404"]


def test_a_portal_that_is_away_has_a_page() -> None:
    away = SITE.one("handle_errors").one("handle", "@away")
    assert away.one("header", "Retry-After").words[2:] == ["30"]
    assert away.one("file_server").one("status").words[1:] == ["503"]
    assert (PAGES / away.one("rewrite").words[2].lstrip("/")).is_file()
    large = SITE.one("handle_errors").one("handle", "@large")
    assert (PAGES / large.one("rewrite").words[2].lstrip("/")).is_file()
