"""What hangs on a building's board: today's posts, and no number that its owner has not agreed to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from boards.models import DutyLine, PublishedContact
from boards.selectors import Board, boards_of, buildings_below
from boards.services import contact_agree, contact_withdraw, duty_line_set
from buildings.models import Place, PlaceCode
from buildings.scope import Scope
from buildings.services import place_close, place_code_of
from cadres.choices import OrganisationKind, Post
from cadres.services import appointment_end, appointment_start, cadre_change, cover_start, organisation_create
from tests.factories import Community, cadre, clerk, community, moment, user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-11T09:00")
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def board(building: Place, today: date = TODAY) -> Board:
    return boards_of(buildings_below(Scope.EVERYWHERE, building), today)[0]


def line(home: Community, post: str) -> tuple[str, str, bool]:
    found = next(one for one in board(home.building).lines if one.post == post)
    return (found.name, found.contact, found.is_cover)


def public(home: Community) -> str:
    """What anybody reads behind the QR code."""
    answer = Client().get(reverse("boards:public", args=[place_code_of(place=home.building, now=NOW)]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_works() -> None:
    home = community()
    office = clerk(home.place)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    head = cadre_change(cadre=head, phone="13900001111")
    duty_line_set(community=home.place, phone="027-82345678", by=office, now=NOW)
    shown = board(home.building)
    assert [one.label for one in shown.lines] == [
        "楼栋党小组长", "楼栋长", "卫生员", "治安员", "文体员", "物业房管员",
    ]  # fmt: skip
    leader = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    assert shown.group == f"{leader.name}党小组"
    assert shown.duty_line == "027-82345678"
    assert line(home, Post.BUILDING_HEAD) == (head.name, "", False)
    contact_agree(cadre=head, by=office, now=NOW)
    assert line(home, Post.BUILDING_HEAD) == (head.name, "13900001111", False)
    page = public(home)
    assert "13900001111" in page
    assert "027-82345678" in page
    for other in shown.lines:
        assert other.name in page


def test_what_is_withdrawn_is_gone_at_the_next_look() -> None:
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="13900001111")
    account = clerk(home.place)
    contact_agree(cadre=head, by=account, now=NOW)
    contact_withdraw(cadre=head, by=account, now=NOW)
    assert "13900001111" not in public(home)
    assert line(home, Post.BUILDING_HEAD) == (head.name, "", False)
    contact_withdraw(cadre=head, by=account, now=NOW)  # again: nothing
    assert PublishedContact.objects.count() == 1


def test_another_number_needs_another_consent() -> None:
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="13900001111")
    account = clerk(home.place)
    contact_agree(cadre=head, by=account, now=NOW)
    head = cadre_change(cadre=head, phone="13900002222")
    assert line(home, Post.BUILDING_HEAD) == (head.name, "", False)
    contact_agree(cadre=head, by=account, now=NOW)
    assert line(home, Post.BUILDING_HEAD) == (head.name, "13900002222", False)
    assert "13900001111" not in public(home)


def test_vacancies_covers_and_ended_posts() -> None:
    home = community()
    held = home.holders[home.building.pk, Post.HEALTH_WORKER]
    stand_in = cadre(home.place, name="李代管")
    cover_start(appointment=held, stand_in=stand_in, from_on=TODAY, until_on=TODAY, reason="探亲")
    assert line(home, Post.HEALTH_WORKER) == ("李代管", "", True)
    page = public(home)
    assert "李代管" in page
    assert f"代{held.cadre.name}，至3月11日" in page
    appointment_end(appointment=held, ended_on=TODAY - timedelta(days=1), end_reason="resigned")
    assert line(home, Post.HEALTH_WORKER) == ("", "", False)
    page = public(home)
    assert "空缺" in page
    assert f"{held.cadre.name}<" not in page
    leader = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    assert f"暂由楼栋党小组长 {leader.name} 负责" in page


def test_a_vacancy_names_who_answers_on_the_next_rung_that_is_held() -> None:
    """As the ladder passes it on; his number is not printed for a post that he has not taken."""
    home = community()
    for post in (Post.PARTY_GROUP_LEADER, Post.HEALTH_WORKER):
        held = home.holders[home.building.pk, post]
        appointment_end(appointment=held, ended_on=TODAY - timedelta(days=1), end_reason="resigned")
    secretary = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    contact_agree(cadre=secretary, by=clerk(home.place), now=NOW)
    shown = board(home.building)
    notes = {one.post: one.note for one in shown.lines if one.note}
    said = f"暂由支部书记 {secretary.name} 负责"
    assert notes == {Post.PARTY_GROUP_LEADER: said, Post.HEALTH_WORKER: said}
    assert shown.group == ""
    assert secretary.phone not in public(home)


def test_nobody_at_all_answers_for_an_empty_building() -> None:
    home = community(staffed=False)
    assert {(one.name, one.note) for one in board(home.building).lines} == {("", "")}
    assert public(home).count("空缺") == 6


def test_the_group_keeps_its_leader_s_name_while_somebody_stands_in() -> None:
    home = community()
    held = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    stand_in = cadre(home.place, name="李代管")
    cover_start(appointment=held, stand_in=stand_in, from_on=TODAY, until_on=TODAY, reason="探亲")
    assert board(home.building).group == f"{held.cadre.name}党小组"
    assert line(home, Post.PARTY_GROUP_LEADER) == ("李代管", "", True)


def test_a_number_withdrawn_is_forgotten() -> None:
    """That somebody had agreed, and when, stays on record."""
    home = community()
    head = home.holder(home.building, Post.BUILDING_HEAD)
    account = clerk(home.place)
    contact_agree(cadre=head, by=account, now=NOW)
    contact_withdraw(cadre=head, by=account, now=NOW)
    row = PublishedContact.objects.get()
    assert (row.phone, row.agreed_at, row.withdrawn_at) == ("", NOW, NOW)


def test_a_group_that_an_organisation_leads_is_called_by_its_leader() -> None:
    home = community()
    group = organisation_create(
        community=home.place, kind=OrganisationKind.GROUP, name="怡康党小组", places=[home.building]
    )
    leader = cadre(home.place, name="赵组长")
    appointment_start(
        cadre=leader, post=Post.PARTY_GROUP_LEADER, place=home.building, started_on=TODAY, organisation=group
    )
    assert board(home.building).group == "赵组长党小组"


def test_a_code_that_leads_nowhere() -> None:
    home = community(staffed=False)
    code = place_code_of(place=home.building, now=NOW)
    assert Client().get(f"/b/{code}/").status_code == 200
    assert Client().get("/b/nosuchcode/").status_code == 404
    place_close(place=home.building, closed_on=TODAY)
    assert Client().get(f"/b/{code}/").status_code == 404


def test_a_renewed_code_kills_the_old_one() -> None:
    home = community(staffed=False)
    old = place_code_of(place=home.building, now=NOW)
    office = signed_in(clerk(home.place))
    assert office.post(reverse("boards:renew", args=[home.building.pk])).status_code == 302
    new = place_code_of(place=home.building, now=NOW)
    assert new != old
    assert Client().get(f"/b/{old}/").status_code == 404
    assert Client().get(f"/b/{new}/").status_code == 200


def test_the_public_page_keeps_nothing_and_is_kept_by_nobody() -> None:
    home = community()
    answer = Client().get(reverse("boards:public", args=[place_code_of(place=home.building, now=NOW)]))
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert b"noindex" in answer.content
    assert b"csrf" not in answer.content


def test_codes_are_not_to_be_guessed() -> None:
    home = community(staffed=False)
    codes = {place_code_of(place=building, now=NOW) for building in home.buildings}
    assert len(codes) == len(home.buildings)
    assert all(len(code) == 10 and str(home.building.pk) != code for code in codes)
    assert place_code_of(place=home.building, now=NOW) in codes  # the same as before


def test_queries_do_not_grow(django_assert_num_queries: object) -> None:
    home = community()
    with django_assert_num_queries(7):  # type: ignore[operator]
        boards_of(buildings_below(Scope.EVERYWHERE, home.building), TODAY)
    with django_assert_num_queries(7):  # type: ignore[operator]
        boards_of(buildings_below(Scope.EVERYWHERE), TODAY)


# --- who ----------------------------------------------------------------------------------------------------------------
def test_the_office_notes_consent_and_the_trail_says_so() -> None:
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="13900001111")
    office = signed_in(clerk(home.place))
    url = reverse("boards:contact", args=[home.building.pk, head.pk])
    before = AuditEvent.objects.count()
    assert office.post(url, {"act": "agree"}).status_code == 302
    assert "13900001111" in public(home)
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.latest("pk")
    assert (event.object_type, event.community_id) == ("boards.publishedcontact", home.place.pk)
    assert office.post(url, {"act": "withdraw"}).status_code == 302
    assert "13900001111" not in public(home)
    assert AuditEvent.objects.count() == before + 2


def test_a_holder_decides_himself() -> None:
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="13900001111")
    head.user = user("head", name=head.name)
    head.save(update_fields=["user"])
    holder = signed_in(head.user)
    page = holder.get(reverse("phone:mine")).content.decode()
    assert "同意公示我的电话" in page
    assert "13900001111" not in page
    assert f'name="next" value="{reverse("phone:mine")}"' in page
    sent = {"act": "agree", "next": reverse("phone:mine")}
    answer = holder.post(reverse("boards:mine"), sent, follow=True)
    assert answer.redirect_chain == [(reverse("phone:mine"), 302)]
    assert "13900001111" in public(home)
    assert "撤回，不再公示" in answer.content.decode()
    assert holder.post(reverse("boards:mine"), {"act": "withdraw"}).status_code == 302
    assert "13900001111" not in public(home)
    # his board he may print, its code and other people's consent are the office's
    assert holder.get(reverse("boards:board", args=[home.building.pk])).status_code == 200
    assert holder.post(reverse("boards:renew", args=[home.building.pk])).status_code == 403
    other = home.holder(home.building, Post.HEALTH_WORKER)
    url = reverse("boards:contact", args=[home.building.pk, other.pk])
    assert holder.post(url, {"act": "agree"}).status_code == 403
    assert not PublishedContact.objects.filter(cadre=other).exists()


@pytest.mark.parametrize(
    ("sent", "signed", "unsigned"),
    [
        ("/m/mine/", "/m/mine/", "/m/mine/"),
        ("", "/boards/", "/login/?next=/boards/"),
        ("https://elsewhere.example/", "/boards/", "/login/?next=/boards/"),
        ("//elsewhere.example/", "/boards/", "/login/?next=/boards/"),
    ],
)
def test_one_goes_back_to_a_page_of_ours(sent: str, signed: str, unsigned: str) -> None:
    """From the card one goes back to its page; who is no longer signed in is asked to there, and publishes nothing."""
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="13900001111")
    answer = Client().post(reverse("boards:mine"), {"act": "agree", "next": sent})
    assert (answer.status_code, answer["Location"]) == (302, unsigned)
    assert not PublishedContact.objects.exists()
    head.user = user("head", name=head.name)
    head.save(update_fields=["user"])
    answer = signed_in(head.user).post(reverse("boards:mine"), {"act": "agree", "next": sent})
    assert (answer.status_code, answer["Location"]) == (302, signed)
    assert PublishedContact.objects.count() == 1


def test_without_a_number_there_is_nothing_to_agree_to() -> None:
    home = community()
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), phone="")
    office = signed_in(clerk(home.place))
    answer = office.post(
        reverse("boards:contact", args=[home.building.pk, head.pk]), {"act": "agree"}, follow=True
    )
    assert "还没有登记联系电话" in answer.content.decode()
    assert not PublishedContact.objects.exists()


def test_nobody_hangs_out_what_lies_outside_his_scope() -> None:
    home, theirs = community(), community("丹水池社区")
    office = signed_in(clerk(home.place))
    stranger = theirs.holder(theirs.building, Post.BUILDING_HEAD)
    before = AuditEvent.objects.count()
    for url, data in (
        (reverse("boards:board", args=[theirs.building.pk]), None),
        (reverse("boards:pdf", args=[theirs.building.pk]), {}),
        (reverse("boards:renew", args=[theirs.building.pk]), {}),
        (reverse("boards:contact", args=[theirs.building.pk, stranger.pk]), {"act": "agree"}),
        (reverse("boards:contact", args=[home.building.pk, stranger.pk]), {"act": "agree"}),
        (reverse("boards:line"), {"community": theirs.place.pk, "phone": "82345678"}),
    ):
        answer = office.get(url) if data is None else office.post(url, data)
        assert answer.status_code == 404, url
    assert not PublishedContact.objects.exists()
    assert not PlaceCode.objects.exists()
    assert not DutyLine.objects.exists()
    assert AuditEvent.objects.count() == before
    page = office.get(reverse("boards:index")).content.decode()
    assert str(theirs.place) not in page


def test_a_precinct_s_office_sets_no_line_for_the_community() -> None:
    home = community()
    office = signed_in(clerk(home.precincts[0]))
    assert office.get(reverse("boards:index")).status_code == 200
    answer = office.post(reverse("boards:line"), {"community": home.place.pk, "phone": "82345678"})
    assert answer.status_code == 404
    assert not DutyLine.objects.exists()


@pytest.mark.parametrize("phone", ["王芳", "12", "<script>", "1" * 30])
def test_what_is_no_number_hangs_nowhere(phone: str) -> None:
    home = community(staffed=False)
    office = signed_in(clerk(home.place))
    sent = {"community": home.place.pk, "phone": phone}
    answer = office.post(reverse("boards:line"), sent, follow=True)
    assert "请填写电话号码" in answer.content.decode()
    assert not DutyLine.objects.exists()


def test_a_line_is_taken_down() -> None:
    home = community(staffed=False)
    office = signed_in(clerk(home.place))
    office.post(reverse("boards:line"), {"community": home.place.pk, "phone": "82345678"})
    assert DutyLine.objects.get().phone == "82345678"
    office.post(reverse("boards:line"), {"community": home.place.pk, "phone": " "})
    assert not DutyLine.objects.exists()


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "auditor", "district"])
def test_who_has_nothing_to_do_with_people_has_no_boards(role: str) -> None:
    home = community()
    other = signed_in(user("other", role=role))
    assert other.get(reverse("boards:index")).status_code == 403
    assert other.get(reverse("boards:board", args=[home.building.pk])).status_code == 403
    assert other.post(reverse("boards:pdf", args=[home.building.pk])).status_code == 403


def test_strangers_sign_in_first() -> None:
    home = community()
    for name, args in (("index", []), ("board", [home.building.pk])):
        answer = Client().get(reverse(f"boards:{name}", args=args))
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
