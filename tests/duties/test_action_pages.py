"""What a secretary does at the desk about what has reached him: act, come back to where he was, see it settle."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from audit.choices import Action
from audit.models import AuditEvent
from cadres.choices import Post
from cadres.emergency import emergency_open
from cadres.models import Cover
from cadres.selectors import scope_for
from cadres.services import appointment_end
from duties.models import Duty, DutyAction
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import queries_of, signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")  # due on the 4th; NOW is the 11th: 楼栋, 片区 and 苑区 were told
WORDS = "住在汉口女儿家"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def duty(home: Community) -> Duty:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    return duty_of(record)


@pytest.fixture
def branch(home: Community) -> Client:
    return signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)


def page(duty: Duty, kind: str) -> str:
    return f"/duties/{duty.pk}/handle/{kind}/"


def shown(client: Client, **conditions: str) -> list[int]:
    return [row.event.duty_id for row in client.get("/notices/", conditions).context["rows"]]


def offered(client: Client, duty: Duty) -> list[str]:
    return [str(kind.value) for kind in client.get(f"/duties/{duty.pk}/").context["allowed_actions"]]


def test_it_works(duty: Duty, branch: Client) -> None:
    """Taken over from the list with one press: back in the list with a sentence, the notice among those dealt with."""
    for url in ("/", "/notices/"):
        text = text_of(branch, url)
        assert f'action="{page(duty, "take_over")}"' in text, url
        assert f'href="{page(duty, "waive")}?back=' in text, url
    response = branch.post(page(duty, "take_over"), {"back": "/notices/"}, follow=True)
    assert response.redirect_chain == [("/notices/", 302)]
    assert "已接办" in response.content.decode()
    assert (shown(branch), shown(branch, state="dealt")) == ([], [duty.pk])
    assert "您 3月11日已接办" in text_of(branch, "/notices/", state="dealt")
    assert page(duty, "take_over") not in text_of(branch, "/")
    visit(duty.care_record.resident, "2026-03-11T08:00")
    assert "逾期后完成" in text_of(branch, "/notices/", state="dealt")
    assert offered(branch, duty) == []


def test_those_below_see_who_has_it_in_hand(home: Community, duty: Duty, branch: Client) -> None:
    branch.post(page(duty, "take_over"), {"words": WORDS})
    leader = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    name = home.holder(home.precincts[0], Post.BRANCH_SECRETARY).name
    assert "片区支部书记已接办" in text_of(leader, "/notices/")
    text = text_of(leader, f"/duties/{duty.pk}/")
    assert f"支部书记{name}接办这件事" in text
    assert f"处置：支部书记{name}（3月11日）已接办" in text
    assert WORDS not in text


def test_a_round_waved_through_says_so_and_can_be_taken_back(duty: Duty, branch: Client) -> None:
    address = f"/duties/{duty.pk}/"
    response = branch.post(page(duty, "waive"), {"words": WORDS, "back": address}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    text = response.content.decode()
    for said in ("本轮不再逐级上报", "已放行，不再知会", "已逾期 7 天"):
        assert said in text
    assert "下一步" not in text
    assert WORDS not in text
    assert offered(branch, duty) == ["note", "stand_in", "revoke_waiver"]
    branch.post(page(duty, "revoke_waiver"), {"words": ""})
    text = text_of(branch, address)
    assert "收回放行，恢复逐级上报" in text
    assert "下一步" in text
    assert shown(branch) == [duty.pk]


def test_a_stand_in_is_picked_from_the_same_precinct(home: Community, duty: Duty, branch: Client) -> None:
    choices = branch.get(page(duty, "stand_in")).context["form"].fields["stand_in"].queryset
    around = {place.pk for place in (home.precincts[0], *home.buildings[:2])}
    assert {held.place_id for held in choices} == around
    assert home.holder(home.building, Post.BUILDING_HEAD).pk not in {held.cadre_id for held in choices}
    neighbour = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    sent = {"stand_in": neighbour.pk, "from_on": "2026-03-11", "until_on": "2026-03-17", "words": ""}
    assert branch.post(page(duty, "stand_in"), sent)["Location"] == f"/duties/{duty.pk}/"
    cover = Cover.objects.get()
    assert (cover.stand_in, cover.until_on) == (neighbour.cadre, date(2026, 3, 17))
    text = text_of(branch, f"/duties/{duty.pk}/")
    assert f"请{neighbour.cadre.name}代管楼栋长，3月11日到3月17日" in text


def test_a_vacant_post_is_filled_first(home: Community, duty: Duty, branch: Client) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=date(2026, 3, 2), end_reason="resigned")
    assert "stand_in" in offered(branch, duty)
    text = text_of(branch, page(duty, "stand_in"))
    assert "请先任命楼栋长" in text
    assert "请与社区办联系" in text
    assert "<form" not in text.split("<main")[1]
    office = home.holder(home.precincts[0], Post.BRANCH_SECRETARY).user
    office.role = "office"
    office.save(update_fields=["role"])
    assert f"/admin/cadres/buildingstaff/{home.building.pk}/change/" in text_of(
        signed_in(office), page(duty, "stand_in")
    )


def test_words_are_read_by_who_answers_for_the_person_and_each_look_is_noted(
    home: Community, duty: Duty, branch: Client
) -> None:
    branch.post(page(duty, "note"), {"words": WORDS})
    row = DutyAction.objects.get()
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    assert "看内容" in text_of(head, f"/duties/{duty.pk}/")
    before = AuditEvent.objects.count()
    response = head.post(f"/duties/{duty.pk}/words/", {"action": row.pk})
    assert WORDS in response.content.decode()
    looked = AuditEvent.objects.get(action=Action.REVEAL)
    assert (looked.object_type, looked.object_id, looked.fields) == (
        "duties.dutyaction",
        str(row.pk),
        ["words"],
    )
    assert AuditEvent.objects.count() == before + 1


def test_the_office_adds_a_note_and_reads_none(home: Community, duty: Duty) -> None:
    office = signed_in(clerk(home.place))
    assert offered(office, duty) == ["note"]
    assert "写了意见" not in text_of(office, f"/duties/{duty.pk}/")
    office.post(page(duty, "note"), {"words": WORDS, "back": "/"})
    text = text_of(office, f"/duties/{duty.pk}/")
    assert "社区办写了意见" in text
    assert "看内容" not in text
    row = DutyAction.objects.get()
    assert office.post(f"/duties/{duty.pk}/words/", {"action": row.pk}).status_code == 404
    assert not AuditEvent.objects.filter(action=Action.REVEAL).exists()


def test_as_many_queries_for_twenty_notices_as_for_two(home: Community, branch: Client) -> None:
    counts = []
    for so_many in (2, 18):
        for _ in range(so_many):
            care_record(home.building, now=BEFORE, started_on=START)
        sweep_at(NOW)
        counts.append([queries_of(branch, "/notices/"), queries_of(branch, "/")])
    assert counts[0] == counts[1]


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_an_error_keeps_what_was_typed(home: Community, duty: Duty, branch: Client) -> None:
    neighbour = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    sent = {"stand_in": neighbour.pk, "from_on": "2026-03-17", "until_on": "2026-03-12", "words": WORDS}
    response = branch.post(page(duty, "stand_in"), {**sent, "back": "/notices/?page=2"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "结束日期不能早于开始日期" in text
    assert WORDS in text
    assert 'value="2026-03-12"' in text
    assert 'value="/notices/?page=2"' in text
    assert branch.post(page(duty, "waive"), {"words": " "}).status_code == 422
    assert (DutyAction.objects.count(), Cover.objects.count()) == (0, 0)


def test_nobody_acts_on_what_lies_outside(home: Community, duty: Duty) -> None:
    stranger = signed_in_as(home, home.quarters[1], Post.GENERAL_BRANCH_SECRETARY)
    for kind in ("take_over", "note", "stand_in", "waive", "revoke_waiver"):
        assert stranger.get(page(duty, kind)).status_code == 404
        assert stranger.post(page(duty, kind), {"words": WORDS}).status_code == 404
    assert stranger.post(f"/duties/{duty.pk}/words/", {"action": 1}).status_code == 404
    assert not DutyAction.objects.exists()


def test_off_the_ladder_one_is_told_so(home: Community, duty: Duty) -> None:
    other = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    assert offered(other, duty) == []
    assert "您不是这件事的责任人" in text_of(other, page(duty, "take_over"))
    response = other.post(page(duty, "take_over"), {})
    assert response.status_code == 422
    assert "您不是这件事的责任人" in response.content.decode()
    assert not DutyAction.objects.exists()


def test_what_is_open_for_an_emergency_is_looked_at_alone(home: Community, duty: Duty) -> None:
    lee = clerk(home.quarters[1])
    emergency_open(
        user=lee,
        scope=scope_for(lee, today=NOW.date(), now=NOW),
        building=home.building,
        reason="起火，需联系住户",
        now=NOW,
    )
    client = signed_in(lee)
    assert offered(client, duty) == []
    assert client.post(page(duty, "note"), {"words": WORDS}).status_code == 404
    assert not DutyAction.objects.exists()


def test_an_unknown_deed_is_none(duty: Duty, branch: Client) -> None:
    assert branch.get(page(duty, "forget")).status_code == 404
    assert branch.get(f"/duties/{duty.pk}/words/").status_code == 405
    for handling in ("", "x", "²", "999999"):
        response = branch.post(f"/duties/{duty.pk}/words/", {"action": handling})
        assert response.status_code == 404, handling


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_afterwards_one_stays_here(duty: Duty, branch: Client, elsewhere: str) -> None:
    sent = {"words": WORDS, "back": elsewhere}
    assert branch.post(page(duty, "note"), sent)["Location"] == f"/duties/{duty.pk}/"


def test_who_has_moved_leaves_the_words_behind(home: Community, duty: Duty, branch: Client) -> None:
    """The open duty follows to another 苑区: its ladder reads that something was done, not by whom or what."""
    from residents.services import household_get_or_create
    from visits.services import resident_relocate

    branch.post(page(duty, "note"), {"words": WORDS})
    record = duty.care_record
    flat = household_get_or_create(building=home.buildings[-1], entrance="1", room="301")
    resident_relocate(resident=record.resident, to_household=flat, now=NOW)
    Duty.objects.filter(pk=duty.pk).update(place=home.buildings[-1])  # as an open one would
    head = signed_in_as(home, home.buildings[-1], Post.BUILDING_HEAD)
    text = text_of(head, f"/duties/{duty.pk}/")
    assert "支部书记写了意见" in text
    assert "看内容" not in text
    row = DutyAction.objects.get()
    assert head.post(f"/duties/{duty.pk}/words/", {"action": row.pk}).status_code == 404
    top = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    assert top.post(f"/duties/{duty.pk}/words/", {"action": row.pk}).status_code == 404
