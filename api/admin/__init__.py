"""Clients, tokens, receivers and the messages owed to them."""

from api.admin import client, delivery, receiver

__all__ = ["client", "delivery", "receiver"]
