"""A district platform that follows the change feed."""

from __future__ import annotations

from typing import Any

from tests.api.callers import Caller

PATHS = {
    "place": "places/",
    "appointment": "appointments/",
    "care_record": "care-records/",
    "duty": "duties/",
    "visit": "visits/",
    "incident": "incidents/",
}
Rows = dict[tuple[str, int], dict[str, Any]]


class Follower:
    """A district platform: keeps rows and position, as it last saved them."""

    def __init__(self, asks: Caller) -> None:
        self.asks = asks
        self.rows: Rows = {}
        self.since = ""
        self.began_anew = 0

    def read(self, limit: int = 100) -> dict[str, Any]:
        params = {"limit": limit, **({"since": self.since} if self.since else {})}
        answer = self.asks.get("changes/", params)
        if answer.status_code == 410:
            assert answer.json()["code"] == "feed_restarted"
            self.rows, self.since = {}, ""
            self.began_anew += 1
            return self.read(limit)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def take(self, page: dict[str, Any]) -> None:
        for change in page["changes"]:
            key = (change["kind"], change["id"])
            if change["gone"]:
                assert change["data"] is None
                self.rows.pop(key, None)
            else:
                self.rows[key] = change["data"]

    def follow(self, limit: int = 100) -> None:
        """Read to the end."""
        while True:
            page = self.read(limit)
            self.take(page)
            self.since = page["next"]
            if not page["more"]:
                return


def rows_now(asks: Caller) -> Rows:
    """What the lists show."""
    return {(kind, row["id"]): row for kind, path in PATHS.items() for row in asks.all(path, limit=500)}
