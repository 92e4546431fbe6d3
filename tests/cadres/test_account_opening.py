"""Accounts for those in office, many at once: who is opened by whom, who is left out and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import OneTimeCode, User
from accounts.rules import code_shown
from accounts.services import account_disable
from audit.models import AuditEvent
from baibuting.common.paper import NoFontError
from buildings.models import PlaceGrant
from buildings.viewer import Viewer
from cadres.account_holders import Holder, Tab, holders
from cadres.choices import Post
from cadres.models import Cadre
from cadres.selectors import scope_for
from cadres.services import appointment_end, cadre_change, cover_start
from tests.factories import Community, appointment, clerk, community, user
from tests.pages import queries_of, signed_in, superuser
from tests.privacy.test_nothing_in_the_clear import dump

pytestmark = pytest.mark.django_db
PAGE = "/holder-accounts/"
TODAY = timezone.localdate()


@pytest.fixture
def slips(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be printed; the paper itself is tests/cadres/test_slips.py."""
    made: list[Any] = []

    def pdf(opened: Any, **options: Any) -> bytes:
        made.append(opened)
        return b"%PDF"

    monkeypatch.setattr("cadres.account_views.slips_pdf", pdf)
    return made


@pytest.fixture
def home() -> Community:
    return community()


def admin_of(home: Community) -> User:
    """A system administrator to whom the community was granted."""
    account = user("xitong", role=Role.SYSTEM_ADMIN, is_staff=True)
    PlaceGrant.objects.create(user=account, place=home.place)
    return account


def listed(client: Client, tab: str = "none", **more: Any) -> list[Holder]:
    rows = client.get(PAGE, {"tab": tab, **more}).context["rows"]
    return [row["one"] for row in rows]


def numbers(client: Client) -> dict[str, int]:
    return {tab.value: number for tab, _, number, _ in client.get(PAGE).context["tabs"]}


def test_one_post_alone(home: Community, slips: list[Any]) -> None:
    """An office begins with its 楼栋长: the lists, their numbers and "all" are then of them."""
    office = signed_in(clerk(home.place))
    heads = listed(office, post="building_head")
    assert len(heads) == 8
    assert {post for one in heads for post in one.held} == {"building_head"}
    page = office.get(PAGE, {"post": "building_head"})
    assert page.context["waiting"] == 8
    office.post(page.context["shown"].url, {"act": "all"})
    [made] = slips
    assert len(made.slips) == 8
    assert numbers(office)["none"] == 40
    assert len(listed(office, post="no such post")) == 40


def opened_for(client: Client, cadre: Cadre) -> Any:
    return client.post(PAGE, {"act": "selected", "cadre": [cadre.pk]}, follow=True)


def head(home: Community, at: int = 0) -> Cadre:
    return home.holder(home.buildings[at], Post.BUILDING_HEAD)


def test_it_works(home: Community, slips: list[Any]) -> None:
    """All holders of building posts at once; then some have signed in, and one has a new slip."""
    office = signed_in(clerk(home.place))
    assert numbers(office) == {"none": 48, "never": 0, "used": 0, "phone": 0}
    answer = office.post(PAGE, {"act": "all"})
    assert answer["Content-Type"] == "application/pdf"
    [made] = slips
    assert (len(made.slips), made.left_out) == (48, [])
    assert numbers(office) == {"none": 0, "never": 48, "used": 0, "phone": 0}
    first = head(home)
    first.refresh_from_db()
    slip = next(slip for slip in made.slips if slip.account == first.phone)
    assert (slip.name, first.user.role, first.user.name) == (first.name, Role.CADRE, first.name)
    assert slip.where == f"{home.building.full_name} 楼栋长"
    phone = Client()
    sent = {"username": first.phone, "password": slip.code, "trusted": "on"}
    assert phone.post("/m/sign-in/", sent)["Location"] == "/m/"
    assert phone.get("/m/")["Location"].startswith("/password/")
    assert numbers(office) == {"none": 0, "never": 47, "used": 1, "phone": 0}
    event = AuditEvent.objects.filter(object_id=str(first.user.pk), action="permission").get()
    assert (event.fields, event.community_id) == (["username", "phone", "one_time_code"], home.place.pk)


def test_no_code_is_kept_or_logged(
    home: Community, slips: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    office = signed_in(clerk(home.place))
    office.post(PAGE, {"act": "all"})
    phone = Client()
    phone.post("/m/sign-in/", {"username": slips[0].slips[0].account, "password": slips[0].slips[0].code})
    phone.get("/m/")
    written = dump() + caplog.text.encode() + repr(dict(office.session.items())).encode()
    for slip in slips[0].slips:
        for secret in (slip.code, code_shown(slip.code), slip.account):
            assert secret.encode() not in written


def test_a_new_slip_ends_the_former(home: Community, slips: list[Any]) -> None:
    office = signed_in(clerk(home.place))
    opened_for(office, head(home))
    opened_for(office, head(home))
    (first,), (second,) = (made.slips for made in slips)
    sent = {"username": first.account, "password": first.code}
    assert Client().post("/login/", sent).status_code == 200
    assert Client().post("/login/", {**sent, "password": second.code}).status_code == 302
    assert [event.fields for event in AuditEvent.objects.filter(action="permission").order_by("pk")] == [
        ["username", "phone", "one_time_code"],
        ["one_time_code"],
    ]


def test_all_leaves_the_slips_alone_that_are_out(home: Community, slips: list[Any]) -> None:
    office = signed_in(clerk(home.place))
    ids = [head(home, at).pk for at in range(3)]
    office.post(PAGE, {"act": "selected", "cadre": ids})
    expired = OneTimeCode.objects.filter(user__cadre=ids[0])
    expired.update(made_at=timezone.now() - timedelta(days=20), expires_at=timezone.now())
    office.post(f"{PAGE}?tab=never", {"act": "all"})
    assert [len(made.slips) for made in slips] == [3, 1]
    assert slips[1].slips[0].account == head(home).phone


def test_a_taken_account_name_is_no_obstacle(home: Community, slips: list[Any]) -> None:
    user(f"gugan{head(home).pk}")
    opened_for(signed_in(clerk(home.place)), head(home))
    assert len(slips[0].slips) == 1


def test_one_code_is_read_out_and_shown_once(home: Community) -> None:
    office = signed_in(clerk(home.place))
    page = office.post(PAGE, {"act": f"read-{head(home).pk}"})
    code = page.context["code"].code
    assert page.context["code_shown"] in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page.context["code_shown"] not in office.get(PAGE).content.decode()
    account = Cadre.objects.get(pk=head(home).pk).user
    sent = {"username": account.phone, "password": code}
    assert Client().post("/login/", sent).status_code == 302


def test_the_office_of_a_precinct_opens_nothing_elsewhere(home: Community, slips: list[Any]) -> None:
    office = signed_in(clerk(home.precincts[0]))
    assert {one.place.parent_id for one in listed(office)} == {home.precincts[0].pk}
    far = head(home, 7)
    assert (
        "已不在任，或不由您开通" not in opened_for(office, far).content.decode()
    )  # a stranger is not even named
    assert not User.objects.filter(role=Role.CADRE).exists()
    assert office.get(PAGE, {"place": home.precincts[3].pk}).status_code == 404


def _also_secretary(home: Community, one: Cadre) -> None:
    old = home.holders[home.precincts[3].pk, Post.BRANCH_SECRETARY]
    appointment_end(appointment=old, ended_on=TODAY - timedelta(days=1), end_reason="term")
    appointment(home.precincts[3], Post.BRANCH_SECRETARY, cadre=one, started_on=TODAY)


def _also_elsewhere(home: Community, one: Cadre) -> None:
    held = home.holders[home.buildings[7].pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=TODAY + timedelta(days=3), end_reason="term")
    appointment(home.buildings[7], Post.BUILDING_HEAD, cadre=one, started_on=TODAY + timedelta(days=4))


def _stands_in_elsewhere(home: Community, one: Cadre) -> None:
    held = home.holders[home.precincts[3].pk, Post.BRANCH_SECRETARY]
    cover_start(appointment=held, stand_in=one, from_on=TODAY, until_on=TODAY + timedelta(days=3))


def _granted_more(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, user=user("granted", phone=one.phone, name=one.name))
    PlaceGrant.objects.create(user=one.user, place=home.place)


@pytest.mark.parametrize("make", [_also_secretary, _also_elsewhere, _stands_in_elsewhere, _granted_more])
def test_nobody_gets_at_more_than_the_office_itself(
    home: Community, slips: list[Any], make: Callable[[Community, Cadre], None]
) -> None:
    """Whose account would open more than the viewer's places is the system administrator's."""
    one = head(home)
    make(home, one)
    office = signed_in(clerk(home.precincts[0]))
    assert one.pk not in {found.cadre.pk for found in listed(office)}
    opened_for(office, one)
    assert slips == []
    assert not OneTimeCode.objects.exists()


def test_the_system_administrator_opens_all_others(home: Community, slips: list[Any]) -> None:
    admin = signed_in(admin_of(home))
    assert numbers(admin)["none"] == 7  # four 支部, two 总支, one 党委
    assert "两长四员由社区办公室开通" in admin.get(PAGE).content.decode()
    opened_for(admin, head(home))
    assert slips == []
    admin.post(PAGE, {"act": "all"})
    assert len(slips[0].slips) == 7


def test_a_system_administrator_without_places_has_nobody(home: Community) -> None:
    admin = signed_in(user("xitong", role=Role.SYSTEM_ADMIN, is_staff=True))
    page = admin.get(PAGE)
    assert "还没有工作范围" in page.content.decode()
    assert page.context["rows"] == []


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.SECURITY_ADMIN, Role.AUDITOR, Role.CADRE])
def test_no_other_role_opens_accounts(home: Community, role: Role) -> None:
    account = user("other", role=role, is_staff=True)
    PlaceGrant.objects.create(user=account, place=home.place)
    assert signed_in(account).get(PAGE).status_code == 403
    assert signed_in(account).post(PAGE, {"act": "all"}).status_code == 403
    assert not OneTimeCode.objects.exists()


def test_whoever_sets_up_opens_all(home: Community, slips: list[Any]) -> None:
    signed_in(superuser()).post(PAGE, {"act": "all"})
    assert len(slips[0].slips) == 55


# --- left out, each with the reason ---------------------------------------------------------------------------------
def _no_phone(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, phone="")


def _landline(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, phone="027-82345678")


def _shared(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, phone=head(home, 3).phone)


def _taken(home: Community, one: Cadre) -> None:
    user("somebody", phone=one.phone)


def _shut(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, user=user("shut", phone=one.phone, name=one.name))
    account_disable(account=one.user, reason="离岗", now=timezone.now(), by=None)


def _works_in_the_office(home: Community, one: Cadre) -> None:
    cadre_change(cadre=one, user=user("banshi", role=Role.OFFICE, phone=one.phone))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_no_phone, "没有手机号"),
        (_landline, "不是手机号"),
        (_shared, "同一个手机号"),
        (_taken, "已有账号"),
        (_shut, "已停用"),
        (_works_in_the_office, "办公账号"),
    ],
)
def test_somebody_is_left_out_with_the_reason_and_nobody_else(
    home: Community, slips: list[Any], make: Callable[[Community, Cadre], None], why: str
) -> None:
    one = head(home)
    make(home, one)
    before = OneTimeCode.objects.count()
    office = signed_in(clerk(home.precincts[0]))
    answer = opened_for(office, one)
    assert f"{one.name}：" in answer.content.decode()
    assert why in answer.content.decode()
    assert OneTimeCode.objects.count() == before
    ids = [one.pk, home.holder(home.building, Post.HEALTH_WORKER).pk]
    assert office.post(PAGE, {"act": "selected", "cadre": ids})["Content-Type"] == "application/pdf"
    [made] = slips
    assert (len(made.slips), [name for name, _ in made.left_out]) == (1, [one.name])


def test_missing_numbers_are_a_list_of_their_own(home: Community) -> None:
    _no_phone(home, head(home))
    _landline(home, head(home, 1))
    office = signed_in(clerk(home.place))
    assert {one.cadre.pk for one in listed(office, "phone")} == {head(home).pk, head(home, 1).pk}
    assert numbers(office) == {"none": 48, "never": 0, "used": 0, "phone": 2}


def test_who_has_left_office_meanwhile_is_left_out(home: Community, slips: list[Any]) -> None:
    office, one = signed_in(clerk(home.place)), head(home)
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=date(2026, 1, 1), end_reason="resigned")
    assert f"{one.name}：已不在任，或不由您开通" in opened_for(office, one).content.decode()
    assert slips == []


def test_nobody_chosen_is_said(home: Community) -> None:
    office = signed_in(clerk(home.place))
    for sent in ({"act": "selected"}, {"act": "read-x"}, {}):
        assert "请先勾选要开通的人" in office.post(PAGE, sent, follow=True).content.decode()


def test_without_a_font_nobody_is_opened(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """The codes would be lost."""

    def no_font(*args: Any, **options: Any) -> bytes:
        raise NoFontError

    monkeypatch.setattr("cadres.account_views.slips_pdf", no_font)
    answer = signed_in(clerk(home.place)).post(PAGE, {"act": "all"}, follow=True)
    assert "没有开通任何账号" in answer.content.decode()
    assert not User.objects.filter(role=Role.CADRE).exists()
    assert not OneTimeCode.objects.exists()


def test_a_part_is_chosen_by_place(home: Community, slips: list[Any]) -> None:
    office, part = signed_in(clerk(home.place)), home.precincts[1].pk
    assert len(listed(office, place=part)) == 12
    office.post(f"{PAGE}?tab=none&place={part}", {"act": "all"})
    assert len(slips[0].slips) == 12
    assert office.get(PAGE, {"place": "x"}).status_code == 404


def test_as_many_queries_for_many_as_for_few(home: Community, slips: list[Any]) -> None:
    office = signed_in(clerk(home.place))
    few = queries_of(office, f"{PAGE}?place={home.precincts[0].pk}")
    assert queries_of(office, PAGE) <= few
    assert few <= 15  # one of them asks whether a channel is at fault, as every page does


def test_the_tabs_are_the_states_of_an_account(home: Community, slips: list[Any]) -> None:
    account = clerk(home.place)
    opened_for(signed_in(account), head(home))
    now = timezone.now()
    scope = scope_for(account, today=TODAY)
    found = {one.cadre.pk: one for one in holders(Viewer(account, scope, now))}
    one = found[head(home).pk]
    assert one.tab == Tab.NEVER
    assert one.code_label(now).startswith("开通码有效到")
    assert one.code_label(now + timedelta(days=15)) == "开通码已过期"
    assert found[head(home, 1).pk].code_label(now) == ""
