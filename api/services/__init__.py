"""Every write of the interface on its own tables."""

from api.services.client import (
    Use,
    client_change,
    client_open,
    client_reopen,
    client_shut,
    token_issue,
    token_revoke,
    token_use,
)
from api.services.feed import feed_epoch, feed_number, feed_restart
from api.services.request import KeyTakenError, request_once, requests_tidy

__all__ = [
    "KeyTakenError",
    "Use",
    "client_change",
    "client_open",
    "client_reopen",
    "client_shut",
    "feed_epoch",
    "feed_number",
    "feed_restart",
    "request_once",
    "requests_tidy",
    "token_issue",
    "token_revoke",
    "token_use",
]
