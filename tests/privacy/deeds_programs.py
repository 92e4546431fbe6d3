"""Deeds of the interface: who keeps its clients and receivers, and what its callers read and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from api.choices import Grant, Topic
from api.models import ApiClient, Delivery, EventType, Platform, Webhook
from api.services import feed_epoch, feed_number
from audit.choices import Action
from residents.models import Resident
from tests.pages import object_url
from tests.privacy.clients import programs
from tests.privacy.deeds import REASON, Deed, Send, new, of, open_incident, page
from tests.privacy.world import NOW, Family, World

ADDRESS = "http://127.0.0.1:9/in"


# --- what the admin's pages do that have no field to fill in ------------------------------------------------------------
def _programs(label: str) -> Callable[[World], Any]:
    """One's own community's client, platform and what is owed to them."""

    def make(world: World) -> Any:
        family = Family(world.own.words, world.own.place, world.own.community)
        programs(family, NOW)
        for model in (Webhook, Platform):
            model.objects.update(url=ADDRESS)
        Delivery.objects.filter(pk__in=[row.pk for row in family.of("api.delivery")]).update(attempts=3)
        return family.of(label)[0]

    return make


def _granted(world: World) -> ApiClient:
    client: ApiClient = _programs("api.apiclient")(world)
    ApiClient.objects.filter(pk=client.pk).update(grants=[Grant.STATS])
    return client


def _shut_client(world: World) -> ApiClient:
    client: ApiClient = _programs("api.apiclient")(world)
    ApiClient.objects.filter(pk=client.pk).update(is_active=False)
    return client


def _stopped_webhook(world: World) -> Webhook:
    webhook: Webhook = _programs("api.webhook")(world)
    Webhook.objects.filter(pk=webhook.pk).update(is_active=False)
    return webhook


def _words(world: World, **more: Any) -> dict[str, Any]:
    parts = {f"{part}_{what}": "01" for part in ("first", "second", "scope") for what in ("code", "name")}
    return {**parts, "title": "{楼栋}{类别}", **more}


def _client_form(world: World, **more: Any) -> dict[str, Any]:
    return {"name": "数据平台", "audience": "outside", "purpose": "统计", "places": [world.own.place.pk],
            "grants": [Grant.STATS], "rate": 60, **more}  # fmt: skip


def _new_client(world: World) -> Send:
    url = object_url(_programs("api.apiclient")(world))
    return lambda browser: browser.post(url, _client_form(world))


PERMISSION, CHANGE = Action.PERMISSION, Action.CHANGE
CLIENT, TOKEN, HOOK, PLATFORM, TYPE = (
    "api.apiclient",
    "api.apitoken",
    "api.webhook",
    "api.platform",
    "api.eventtype",
)
TYPE_FIELDS = (
    "kind",
    "first_code",
    "first_name",
    "scope_code",
    "scope_name",
    "second_code",
    "second_name",
    "title",
)
PLATFORM_FIELDS = ("gives_names", "gives_summary", "is_active", "name", "url")
PROGRAMS = [
    Deed("admin:api_apiclient_change", "security_admin", _new_client, PERMISSION, CLIENT,
         ("name", "purpose", "grants", "rate")),
    Deed("admin:api_apiclient_issue", "system_admin",
         page(_granted, "issue", label="正式", grants=[Grant.STATS], until_on="2026-08-31"), PERMISSION, TOKEN,
         ("label", "grants", "expires_at")),
    Deed("admin:api_apiclient_shut", "security_admin", page(_programs(CLIENT), "shut", reason=REASON), PERMISSION, CLIENT,
         ("is_active",), REASON),
    Deed("admin:api_apiclient_reopen", "security_admin", page(_shut_client, "reopen", reason=REASON), PERMISSION, CLIENT,
         ("is_active",), REASON),
    Deed("admin:api_apitoken_revoke", "system_admin", page(_programs(TOKEN), "revoke", reason=REASON), PERMISSION, TOKEN,
         ("revoked_at",), REASON),
    Deed("admin:api_webhook_add", "security_admin", new(Webhook, lambda world: {
        "client": _programs(CLIENT)(world).pk, "url": ADDRESS, "topics": [Topic.values[0]]}), PERMISSION, HOOK,
        ("client", "url", "topics")),
    Deed("admin:api_webhook_change", "security_admin", page(_programs(HOOK), url=f"{ADDRESS}2", topics=[Topic.values[0]]),
         PERMISSION, HOOK, ("url", "topics")),
    Deed("admin:api_webhook_secret", "security_admin", page(_programs(HOOK), "secret"), PERMISSION, HOOK, ("secret",)),
    Deed("admin:api_webhook_stop", "security_admin", page(_programs(HOOK), "stop", reason=REASON), PERMISSION, HOOK,
         ("is_active",), REASON),
    Deed("admin:api_webhook_go-on", "security_admin", page(_stopped_webhook, "go-on", reason=REASON), PERMISSION, HOOK,
         ("is_active",), REASON),
    Deed("admin:api_platform_add", "office", new(Platform, lambda world: {
        "community": world.own.community.place.pk, "name": "平台", "url": ADDRESS, "credential": "Token abc"}), PERMISSION,
        PLATFORM, ("credential", *PLATFORM_FIELDS)),
    Deed("admin:api_platform_change", "office", page(_programs(PLATFORM), name="新平台", url=ADDRESS, credential=""),
         PERMISSION, PLATFORM, PLATFORM_FIELDS),
    Deed("admin:api_platform_secret", "office", page(_programs(PLATFORM), "secret"), PERMISSION, PLATFORM, ("secret",)),
    Deed("admin:api_eventtype_add", "office", new(EventType, lambda world: _words(
        world, platform=_programs(PLATFORM)(world).pk, kind="family_dispute")), PERMISSION, TYPE, TYPE_FIELDS),
    Deed("admin:api_eventtype_change", "office", page(_programs(TYPE), **_words(None)), PERMISSION, TYPE, TYPE_FIELDS),
    Deed("admin:api_delivery_replay", "office", page(_programs("api.delivery"), "replay"), CHANGE, "api.delivery", ("replay",)),
    Deed("admin:api_delivery_reveal", "office", page(_programs("api.delivery"), "reveal", reason=REASON), Action.REVEAL,
         "api.delivery", ("payload",), REASON, reads=True),
]  # fmt: skip


# --- the interface ------------------------------------------------------------------------------------------------------
def _api(path: str, find: Callable[[World], Any] | None = None) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        url = f"/api/v1/{path}{find(world).pk}/" if find else f"/api/v1/{path}"
        return lambda browser: browser.get(url)

    return prepare


def _changes(world: World) -> Send:
    while feed_number():
        pass
    feed_epoch()
    return _api("changes/?limit=500")(world)


def _api_post(
    path: str, body: Callable[[World], dict[str, Any]], find: Any = None
) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        url, sent = f"/api/v1/{path.format(find(world).pk if find else 0)}", json.dumps(body(world))
        keys = {"headers": {"Idempotency-Key": "a-1"}, "content_type": "application/json"}
        return lambda browser: browser.post(url, sent, **keys)

    return prepare


def _visit_body(world: World) -> dict[str, Any]:
    person: Resident = world.own.of("residents.resident")[0]
    return {"resident": str(person.uid), "visited_at": "2026-03-11T08:30:00+08:00", "method": "home",
            "visitor_name": "王建国", "notes": "身体很好"}  # fmt: skip


def _incident_body(world: World) -> dict[str, Any]:
    return {"kind": "emergency", "building": world.own.place.pk, "occurred_at": "2026-03-11T08:00:00+08:00",
            "summary": "水管爆裂"}  # fmt: skip


def _arrival_body(world: World) -> dict[str, Any]:
    return {"post": "party_group_leader", "arrived_at": "2026-03-11T08:50:00+08:00"}


PROGRAM, CREATE = "program", Action.CREATE
NAMES, SAYS = ("name",), "接口："
API = [
    Deed("api-appointment-list", PROGRAM, _api("appointments/"), Action.EXPORT, "cadres.appointment", NAMES, SAYS, None, True),
    Deed("api-appointment-detail", PROGRAM, _api("appointments/", of("cadres.appointment")), Action.EXPORT,
         "cadres.appointment", NAMES, SAYS, reads=True),
    Deed("api-care-record-list", PROGRAM, _api("care-records/"), Action.EXPORT, "residents.carerecord", NAMES, SAYS, None, True),
    Deed("api-care-record-detail", PROGRAM, _api("care-records/", of("residents.carerecord")), Action.EXPORT,
         "residents.carerecord", NAMES, SAYS, reads=True),
    Deed("api-changes", PROGRAM, _changes, Action.EXPORT, "", NAMES, SAYS, None, True, times=2),
    Deed("api-visit-list", PROGRAM, _api_post("visits/", _visit_body), CREATE, "visits.visit",
         ("method", "notes", "resident", "seen", "visited_at", "visitor_name"), SAYS),
    Deed("api-incident-list", PROGRAM, _api_post("incidents/", _incident_body), CREATE, "visits.incident",
         ("building", "kind", "occurred_at", "summary"), SAYS),
    Deed("api-incident-arrivals", PROGRAM, _api_post("incidents/{}/arrivals/", _arrival_body, open_incident), CREATE,
         "visits.incident", ("arrived_at", "post"), SAYS),
]  # fmt: skip

DEEDS = [*PROGRAMS, *API]
