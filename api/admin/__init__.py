"""Clients, tokens, receivers and what is owed to them."""

from api.admin import client, delivery, receiver

__all__ = ["client", "delivery", "receiver"]
