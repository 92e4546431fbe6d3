"""Deeds of channels and messages, for tests/privacy/."""

from __future__ import annotations

from django.urls import reverse

from audit.choices import Action
from cadres.models import Cadre
from messaging.models import Message
from tests.messaging.fake_providers import SETTINGS
from tests.privacy.deeds import CHANGE, HEAD, REVEAL, Deed, Send
from tests.privacy.world import World

CHANNEL, ADDRESS = "messaging.channel", "messaging.address"
CALL = "事件页面点“打电话”"


def _set_up(world: World) -> Send:
    url = reverse("messaging:channel", args=[world.own.community.place.pk, "wecom"])
    return lambda browser: browser.post(url, {**SETTINGS["wecom"], "is_on": "on"})


def _names(world: World) -> Send:
    url = reverse("messaging:names", args=[world.own.community.place.pk, "wecom"])
    accounts = Cadre.objects.filter(community=world.own.community.place, user__isnull=False)
    first = accounts.order_by("name_initials", "pk")[0]
    return lambda browser: browser.post(url, {f"name-{first.pk}": "WangJianGuo"})


def _own(world: World) -> Send:
    sent = {"name-wecom": "LiMin", "quiet_from": "22:00", "quiet_until": "06:00", "incident": ["wecom"]}
    return lambda browser: browser.post(reverse("messaging:mine"), sent)


def _call(world: World) -> Send:
    message = Message.objects.filter(place=world.own.place, matter="incident").order_by("pk")[0]
    return lambda browser: browser.post(reverse("messaging:call", args=[message.pk]))


DEEDS = [
    Deed("messaging:channel", "office", _set_up, Action.PERMISSION, CHANNEL,
         ("is_on", "corp_id", "agent_id", "secret")),
    Deed("messaging:names", "office", _names, CHANGE, ADDRESS, ("value",)),
    Deed("messaging:mine", HEAD, _own, CHANGE, ADDRESS, ("value",)),
    Deed("messaging:call", HEAD, _call, REVEAL, "cadres.cadre", ("phone",), CALL, reads=True),
]  # fmt: skip
WITHOUT = {
    "messaging:channels": "nothing of anybody",
    "messaging:unseen": "counts alone",
    "messaging:channel_test": "nothing of anybody: a fixed sentence to whoever is typed in, which is not kept",
    "messaging:called": "its own row says who and when (messaging.call)",
}
