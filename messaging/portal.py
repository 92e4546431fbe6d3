"""What channels to people add to the portal: their pages, the cards that say whom an incident reached, the sending."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.routing import EVERY_ROLE, OFFICE, PEOPLE, POST_HOLDERS
from accounts.rules import may_write
from baibuting.common.portal import Card, Job, Portal, Route, Urls
from buildings.viewer import viewer_of
from messaging.alarms import channel_alarm
from messaging.choices import NAMED_WAYS, ChannelKind
from messaging.keeping import ERASURES, RETENTIONS
from messaging.measures import MEASURES
from messaging.rules import KEEPS_CADRES
from messaging.selectors import cadre_of, choices_of, incident_told


def _own(request: HttpRequest) -> dict[str, Any] | None:
    cadre = cadre_of(viewer_of(request).user.pk)
    chosen = choices_of(cadre) if cadre else None
    return chosen if chosen and chosen["is_any"] else None


def _told(request: HttpRequest, incident: Any) -> dict[str, Any] | None:
    viewer = viewer_of(request)
    told = incident_told(incident.clock_id, viewer.scope, viewer.now)
    return {"told": told, "is_open": incident.closed_at is None} if told else None


def _setting_up(request: HttpRequest) -> dict[str, Any] | None:
    return {} if may_write(viewer_of(request).user, KEEPS_CADRES) else None


KINDS, WAYS = tuple(ChannelKind.values), tuple(way.value for way in NAMED_WAYS)
ROUTES = {
    "messaging:channels": Route("counts of accounts", OFFICE),
    "messaging:channel": Route(
        "names of who was lately sent a message", OFFICE, takes={"pk": "buildings.place.pk", "kind": KINDS}
    ),
    "messaging:channel_test": Route("nothing", OFFICE, takes={"pk": "buildings.place.pk", "kind": KINDS}),
    "messaging:names": Route(
        "names of cadres, and what 企业微信, 钉钉 or 飞书 call them",
        OFFICE,
        takes={"pk": "buildings.place.pk", "way": WAYS},
    ),
    "messaging:mine": Route("nothing", POST_HOLDERS, reason="one's own choice alone"),
    "messaging:unseen": Route("counts", EVERY_ROLE),
    "messaging:call": Route(
        "the number of whoever was to be told of an incident, audited",
        PEOPLE,
        takes={"pk": "messaging.message.pk"},
    ),
    "messaging:called": Route("nothing", PEOPLE, takes={"pk": "messaging.message.pk"}),
}

PORTAL = Portal(
    urls=(Urls("channels/", "messaging.urls"),),
    cards=(
        Card("phone:mine", "messaging/mine.html", _own),
        Card("phone:incident", "messaging/told_phone.html", _told),
        Card("desk:incident", "messaging/told.html", _told),
        Card("desk:home", "messaging/set_up.html", _setting_up),
    ),
    below_home=("/channels/",),
    help={"/channels/": "office#channels"},
    measures=MEASURES,
    jobs=(Job("messaging.send", queue="mail"),),
    alarms=(channel_alarm,),
    routes=ROUTES,
    erasures=ERASURES,
    retentions=RETENTIONS,
    trail_fields={
        "is_on": "是否使用",
        "value": "通道账号",
        "corp_id": "企业编号",
        "agent_id": "应用编号",
        "secret": "应用密钥",
        "app_key": "应用编号",
        "app_secret": "应用密钥",
        "app_id": "应用编号",
        "key_id": "密钥编号",
        "sign_name": "短信签名",
        "template": "短信模板",
        "key_secret": "密钥",
        "secret_id": "密钥编号",
        "secret_key": "密钥",
    },
)
