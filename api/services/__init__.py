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
from api.services.outbox import delivery_replay, events_fan_out
from api.services.receiver import (
    event_type_set,
    platform_set,
    secret_renew,
    webhook_change,
    webhook_open,
    webhook_switch,
)
from api.services.request import KeyTakenError, request_once, requests_tidy

__all__ = [
    "KeyTakenError",
    "Use",
    "client_change",
    "client_open",
    "client_reopen",
    "client_shut",
    "delivery_replay",
    "event_type_set",
    "events_fan_out",
    "feed_epoch",
    "feed_number",
    "feed_restart",
    "platform_set",
    "request_once",
    "requests_tidy",
    "secret_renew",
    "token_issue",
    "token_revoke",
    "token_use",
    "webhook_change",
    "webhook_open",
    "webhook_switch",
]
