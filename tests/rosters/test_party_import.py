"""Rosters of party organisations and their secretaries, long and wide, and what a second one changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.report import ImportReport
from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre, PartyOrganisation
from cadres.selectors import in_force
from cadres.services import cover_start, organisation_cover, organisation_create
from rosters.undoing import undo_plan
from tests.factories import Community, appointment, cadre, clerk, community
from tests.pages import listed
from tests.rosters.tables import counts, csv_of, load, refused, workbook_of
from tests.rosters.undoing import differences, imported, snapshot, undone
from tests.rosters.uploads import client_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEAD = ("党组织名称", "类型", "上级党组织", "覆盖范围", "书记", "联系电话", "任职日期")
COMMITTEE = ("百步亭社区党委", "党委", "", "", "蔺春和", "19905710001", "2024-01-01")
GENERAL = ("怡康党总支", "总支", "社区党委", "怡康苑", "应怀远", "19905710002", "2024-01-01")
BRANCH = ("怡康苑第一党支部", "支部", "怡康党总支", "怡康苑第一片区", "岳若兰", "19905710003", "2024-01-01")
ALONE = (*BRANCH[:2], "", *BRANCH[3:])  # without a superior that would have to be there
WIDE = ("苑区", "片区", "支部书记", "电话", "党总支名称", "总支书记", "电话", "党委书记", "电话")


@pytest.fixture(autouse=True)
def home() -> Community:
    return community(staffed=False)


def party(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD, **options: Any) -> ImportReport:
    return load("party", csv_of(head, *rows), **options)


def held(on: date = TODAY) -> dict[str, str]:
    """Whoever leads what on a day: an organisation by its name, a place by its own."""
    rows = Appointment.objects.filter(in_force(on)).select_related("cadre", "place", "organisation")
    return {str(row.organisation or row.place.name): row.cadre.name for row in rows}


def covered(name: str) -> list[str]:
    organisation = PartyOrganisation.objects.get(name=name)
    return [place.full_name for place in organisation.places.order_by("path")]


def everything() -> list[Any]:
    tables = (PartyOrganisation, PartyOrganisation.places.through, Cadre, Appointment)
    return [list(model.objects.order_by("pk").values()) for model in tables]  # type: ignore[attr-defined]


def test_it_works(home: Community) -> None:
    report = party(BRANCH, GENERAL, COMMITTEE)  # the lowest first: a superior may stand below
    assert (refused(report), report.warned, report.accepted) == ([], [], 3)
    assert held() == {"百步亭社区党委": "蔺春和", "怡康党总支": "应怀远", "怡康苑第一党支部": "岳若兰"}
    assert (covered("百步亭社区党委"), covered("怡康党总支")) == (["百步亭社区"], ["怡康苑"])
    assert covered("怡康苑第一党支部") == ["怡康苑 第一片区"]
    above = dict(PartyOrganisation.objects.values_list("name", "parent__name"))
    assert above == {"百步亭社区党委": None, "怡康党总支": "百步亭社区党委", "怡康苑第一党支部": "怡康党总支"}
    assert (report.units["个党组织"].created, report.units["个职务"].created) == (3, 3)
    ladder = Ladder.load([home.building.pk])
    told = [ladder.rung_holder(home.building.pk, rung, TODAY) for rung in (2, 3, 4)]
    assert [one and one.cadre_name for one in told] == ["岳若兰", "应怀远", "蔺春和"]
    assert Cadre.objects.get(name="应怀远").phone == "19905710002"
    assert all(Cadre.objects.values_list("is_party_member", flat=True))


def test_the_same_file_again_changes_nothing() -> None:
    party(COMMITTEE, GENERAL, BRANCH)
    before = everything()
    report = party(COMMITTEE, GENERAL, BRANCH)
    assert (counts(report), report.warned, report.changes) == ((0, 0, 6), [], [])
    assert everything() == before


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("怡康苑第一片区、第二片区", ["怡康苑 第一片区", "怡康苑 第二片区"]),
        ("怡康苑 第1-2片区", ["怡康苑 第一片区", "怡康苑 第二片区"]),
        ("怡康苑一、二片区；文卉苑", ["怡康苑 第一片区", "怡康苑 第二片区", "文卉苑"]),
        ("怡康苑和文卉苑第一片区", ["怡康苑", "文卉苑 第一片区"]),
        ("怡康苑101-103栋、文卉苑105栋", ["怡康苑 第一片区 101栋", "怡康苑 第一片区 102栋", "怡康苑 第二片区 103栋", "文卉苑 第一片区 105栋"]),
        ("文卉苑第一片区全部楼栋", ["文卉苑 第一片区"]),
        ("怡康苑第一片区101栋，102栋", ["怡康苑 第一片区 101栋", "怡康苑 第一片区 102栋"]),
        ("全社区", ["百步亭社区"]),
        ("百步亭社区", ["百步亭社区"]),
    ],
)  # fmt: skip
def test_a_cell_names_several_places(cell: str, expected: list[str]) -> None:
    report = party(("康和党总支", "", "", cell, "应怀远", "", ""))
    assert (refused(report), covered("康和党总支")) == ([], expected)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("幸福苑", "unknown place"),
        ("第一片区", "unknown place"),  # of which quarter?
        ("怡康苑第九片区", "unknown place"),
        ("怡康苑第一至第九片区", "unknown place"),
        ("怡康苑101-199栋", "unknown place"),
        ("全部", "several buildings"),
        ("#N/A", "formula error"),
    ],
)
def test_places_that_are_not_certain_are_refused_and_nothing_is_made(cell: str, reason: str) -> None:
    before = everything()
    report = party(("康和党总支", "", "", cell, "应怀远", "", ""))
    assert refused(report) == [(2, "覆盖范围", reason)]
    assert (report.accepted, everything()) == (0, before)


def test_a_place_has_one_organisation_of_a_kind() -> None:
    party(ALONE)
    before = everything()
    report = party(("第九党支部", "", "", "怡康苑第一片区、第二片区", "禹晓岚", "19905710009", ""))
    assert refused(report) == [(2, "覆盖范围", "other organisation")]
    assert "第一片区已由怡康苑第一党支部覆盖" in report.rejected[0].message
    assert (report.accepted, everything()) == (0, before)


def test_places_are_added_and_none_is_taken_away() -> None:
    party(ALONE)
    report = party((*ALONE[:3], "怡康苑第二片区", *ALONE[4:]))
    assert covered("怡康苑第一党支部") == ["怡康苑 第一片区", "怡康苑 第二片区"]
    assert [(one.reason, one.column) for one in report.warned] == [("other places", "覆盖范围")]
    assert (counts(report), [one.new for one in report.changes]) == ((0, 1, 1), ["增加第二片区"])
    before = everything()
    assert counts(party((*ALONE[:3], "", *ALONE[4:]))) == (0, 0, 2)
    assert everything() == before


def test_wide_one_row_a_precinct(home: Community) -> None:
    head = ("苑区", "片区", "党支部名称", "书记", "电话", "党总支名称", "书记", "电话", "党委书记", "电话")
    top = ("怡康党总支", "应怀远", "19905710002", "蔺春和", "19905710001")
    report = load(
        "party",
        csv_of(
            head,
            ("怡康苑", "第一片区", "第一党支部", "岳若兰", "19905710003", *top),
            ("", "第二片区", "第二党支部", "暂缺", "", *top),
            ("文卉苑", "第一片区", "第一党支部", "禹晓岚", "19905710004", "文卉党总支", "苗岳", "", "", ""),
        ),
    )
    assert (refused(report), report.warned, report.vacant, report.accepted) == ([], [], 1, 3)
    assert held() == {
        "百步亭社区": "蔺春和",
        "怡康党总支": "应怀远",
        "文卉党总支": "苗岳",
        "怡康苑第一党支部": "岳若兰",
        "文卉苑第一党支部": "禹晓岚",
    }
    assert covered("怡康苑第二党支部") == ["怡康苑 第二片区"]
    assert (report.units["个党组织"].created, report.units["个职务"].created) == (5, 5)
    parents = dict(PartyOrganisation.objects.values_list("name", "parent__name"))
    assert parents["文卉苑第一党支部"] == "文卉党总支"


def test_posts_without_an_organisation_are_those_of_the_places(home: Community) -> None:
    report = load(
        "party",
        csv_of(WIDE[:4], ("怡康苑", "第一片区", "岳若兰", "19905710003"), ("怡康苑", "第二片区", "", "")),
    )
    assert (refused(report), report.accepted, report.vacant) == ([], 2, 1)
    assert held() == {"第一片区": "岳若兰"}
    assert not PartyOrganisation.objects.exists()
    head = ("职务", "姓名", "手机", "苑区", "片区")
    rows = [
        ("苑区书记", "应怀远", "19905710002", "怡康苑", ""),
        ("片区书记", "苗岳", "", "文卉苑", "第二片区"),
    ]
    assert refused(load("party", csv_of(head, *rows))) == []
    assert held() == {"第一片区": "岳若兰", "怡康苑": "应怀远", "第二片区": "苗岳"}
    found = Ladder.load([home.building.pk]).rung_holder(home.building.pk, 3, TODAY)
    assert found is not None
    assert found.cadre_name == "应怀远"


def test_a_secretary_of_a_covered_place_is_the_organisation_s(home: Community) -> None:
    party((*ALONE[:4], "", "", ""))
    load("party", csv_of(WIDE[:4], ("怡康苑", "第一片区", "岳若兰", "19905710003")))
    load(
        "cadres",
        csv_of(("职务", "姓名", "手机", "苑区", "片区"), ("支部书记", "禹晓岚", "", "怡康苑", "第一片区")),
    )
    rows = Appointment.objects.order_by("pk").values_list("cadre__name", "organisation__name", "ended_on")
    assert list(rows) == [("禹晓岚", "怡康苑第一党支部", None)]  # the first was entered as of today


def test_two_general_branches_in_one_quarter_share_its_precincts() -> None:
    rows = [
        ("怡康苑", "第一片区", "", "", "甲总支", "应怀远", "", "", ""),
        ("怡康苑", "第二片区", "", "", "乙总支", "苗岳", "", "", ""),
    ]
    report = party(*rows, head=WIDE)
    assert (refused(report), covered("甲总支"), covered("乙总支")) == (
        [],
        ["怡康苑 第一片区"],
        ["怡康苑 第二片区"],
    )


def test_a_hand_over_ends_the_former_appointment_the_day_before() -> None:
    party(ALONE)
    report = party((*ALONE[:4], "禹晓岚", "19905710009", "2026-09-01"))
    rows = Appointment.objects.order_by("started_on").values_list("cadre__name", "started_on", "ended_on")
    assert list(rows) == [
        ("岳若兰", date(2024, 1, 1), date(2026, 8, 31)),
        ("禹晓岚", date(2026, 9, 1), None),
    ]
    assert [(one.subject, one.old) for one in report.changes] == [("怡康苑第一党支部书记", "岳若兰")]
    before = everything()
    assert refused(party(ALONE)) == [(2, "任职日期", "older roster")]
    assert everything() == before


def test_a_start_to_come_waits_and_a_vacant_word_ends(home: Community) -> None:
    party(ALONE)
    party((*ALONE[:4], "禹晓岚", "", "2027-06-01"))
    assert (held()["怡康苑第一党支部"], held(date(2027, 6, 1))["怡康苑第一党支部"]) == ("岳若兰", "禹晓岚")
    report = party((*ALONE[:4], "空缺", "", ""))
    assert (report.vacant, held(date(2026, 11, 24))) == (1, {})
    assert "禹晓岚" in held(date(2027, 6, 1)).values()


def test_a_cover_is_cut_with_its_holder(home: Community) -> None:
    party(ALONE)
    stand_in = cadre(home.place)
    first = Appointment.objects.get()
    cover = cover_start(appointment=first, stand_in=stand_in, from_on=TODAY, until_on=date(2026, 12, 9))
    report = party((*ALONE[:4], "禹晓岚", "", "2026-12-01"))
    cover.refresh_from_db()
    assert (cover.until_on, [one.reason for one in report.warned]) == (date(2026, 11, 30), ["covers cut"])


@pytest.mark.parametrize(
    "cell",
    ["待街道任命", "社区工作人员", "由总支代管", "支部书记", "全体党员", "岳若兰（已卸任）", "岳若兰、苗岳"],
)
def test_words_instead_of_a_name_appoint_nobody(cell: str) -> None:
    report = party((*ALONE[:4], cell, "", ""))
    assert [one.column for one in report.rejected] == ["书记"]
    assert (held(), covered("怡康苑第一党支部")) == ({}, ["怡康苑 第一片区"])


def test_a_bad_phone_keeps_the_secretary_out_and_not_the_organisation() -> None:
    report = party((*ALONE[:5], "1990571000", "2024-01-01"))
    assert refused(report) == [(2, "联系电话", "phone")]
    assert (held(), report.accepted, PartyOrganisation.objects.count()) == ({}, 1, 1)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("康和", "", "", "怡康苑", "应怀远", "", ""), "类型", "unknown kind"),
        (("居民委员会", "", "", "怡康苑", "应怀远", "", ""), "类型", "unknown kind"),
        (("康和党总支", "支部", "", "怡康苑", "应怀远", "", ""), "类型", "unknown kind"),
        (("12345", "支部", "", "怡康苑", "应怀远", "", ""), "党组织名称", "name"),
        (("", "支部", "", "", "应怀远", "", ""), "覆盖范围", "missing"),
        (("", "党小组", "", "怡康苑101栋", "应怀远", "", ""), "党组织名称", "unknown post"),
        (("很" * 51 + "党支部", "", "", "怡康苑", "应怀远", "", ""), "党组织名称", "too long"),
    ],
)
def test_what_is_no_organisation_is_refused(row: tuple[str, ...], column: str, reason: str) -> None:
    before = everything()
    report = party(row)
    assert refused(report)[0] == (2, column, reason)
    assert all(one.message.endswith("。") for one in report.rejected)
    assert (report.accepted, everything()) == (0, before)


@pytest.mark.parametrize("post", ["支部副书记", "组织委员", "楼栋长", "第一书记"])
def test_other_posts_are_no_secretaries(post: str) -> None:
    before = everything()
    report = load(
        "party",
        csv_of(("党支部名称", "职务", "姓名", "覆盖范围"), ("怡康苑第一党支部", post, "岳若兰", "怡康苑")),
    )
    assert (refused(report), everything()) == ([(2, "职务", "unknown post")], before)


def test_rows_that_contradict_each_other() -> None:
    top = ("怡康党总支", "应怀远", "19905710002", "", "")
    other = ("怡康党总支", "苗岳", "19905710008", "", "")
    report = party(
        ("怡康苑", "第一片区", "岳若兰", "", *top), ("怡康苑", "第二片区", "禹晓岚", "", *other), head=WIDE
    )
    assert [(row, reason) for row, _, reason in refused(report)] == [(3, "contradiction")]
    assert "第 2 行" in report.rejected[0].message
    assert held()["怡康党总支"] == "应怀远"
    assert "禹晓岚" in held().values() or Cadre.objects.filter(name="禹晓岚").exists()


def test_an_unknown_superior_is_a_warning() -> None:
    report = party((*BRANCH[:2], "幸福党总支", *BRANCH[3:]))
    assert ([one.reason for one in report.warned], report.accepted) == (["unknown superior"], 1)
    assert PartyOrganisation.objects.get().parent is None
    report = party(GENERAL, BRANCH)
    assert PartyOrganisation.objects.get(kind="branch").parent is not None
    assert [(one.column, one.new) for one in report.changes] == [("上级党组织", "怡康党总支")]


@pytest.mark.parametrize("name", ["中共百步亭社区第一支部委员会", "社区第一党支部", "第1党支部", "第一支部"])
def test_one_organisation_however_its_name_is_written(name: str, home: Community) -> None:
    organisation_create(community=home.place, kind="branch", name="第一党支部", places=[home.precincts[0]])
    report = party((name, "", "", "怡康苑第一片区", "", "", ""))
    assert (refused(report), PartyOrganisation.objects.count()) == ([], 1)


def test_a_secretary_of_the_place_besides_is_told(home: Community) -> None:
    appointment(home.precincts[0], Post.BRANCH_SECRETARY)
    report = party(ALONE)
    assert [one.reason for one in report.warned] == ["held at place"]


def test_an_organisation_without_places_is_told() -> None:
    report = party(("康和党总支", "", "", "", "应怀远", "", ""))
    assert ([one.reason for one in report.warned], held()) == (["no places"], {"康和党总支": "应怀远"})


def test_outside_the_scope_nothing_is_written(home: Community) -> None:
    party(GENERAL)
    before = everything()
    scope = Scope(paths=frozenset({home.precincts[0].path}))
    for row in (
        GENERAL,
        COMMITTEE,
        ("文卉苑第一党支部", "", "", "文卉苑第一片区", "苗岳", "", ""),
        ("新总支", "", "", "", "苗岳", "", ""),
    ):
        report = party(row, scope=scope)
        assert {reason for _, _, reason in refused(report)} == {"out of scope"}, row
    assert everything() == before
    assert refused(party(("怡康苑第一党支部", "", "", "怡康苑第一片区", "苗岳", "", ""), scope=scope)) == []


def test_a_sheet_without_organisations_says_what_is_missing() -> None:
    with pytest.raises(LayoutError) as error:
        load("party", csv_of(("苑区", "片区", "楼栋", "层数"), ("怡康苑", "第一片区", "101栋", "7")))
    assert error.value.missing == ["党组织名称或支部书记姓名或总支书记姓名"]


def test_unknown_titles_are_asked_for_by_their_contents() -> None:
    report = load(
        "party",
        csv_of(
            ("党组织名称", "覆盖范围", "带头人", "号码本"), ("怡康党总支", "怡康苑", "应怀远", "19905710002")
        ),
    )
    assert report.suggested == {"带头人": "secretary", "号码本": "phone"}
    report = load(
        "party",
        csv_of(("党组织名称", "覆盖范围", "带头人"), ("怡康党总支", "怡康苑", "应怀远")),
        mapping={"带头人": "书记"},
    )
    assert held() == {"怡康党总支": "应怀远"}


def test_a_title_and_a_sheet_say_what_and_where() -> None:
    head = ("片区", "姓名", "电话")
    rows = [("支部书记花名册（2026年）",), (*head, "职务"), ("第一片区", "岳若兰", "", "书记")]
    report = load("party", workbook_of(怡康苑=rows))
    assert (refused(report), held()) == ([], {"第一片区": "岳若兰"})
    assert Appointment.objects.get().started_on == date(2026, 1, 1)


def test_every_rung_is_undone(home: Community, now: datetime) -> None:
    """Organisations, what they cover, whom they report to and their secretaries: nothing remains, and nothing is lost."""
    office = client_of(clerk(home.place))
    load("party", csv_of(HEAD, ALONE))
    before = snapshot()
    rows = [list(HEAD), list(COMMITTEE), list(GENERAL), [*BRANCH[:3], "怡康苑", "苗岳", "", "2026-10-01"]]
    run = imported(office, now, "party", rows)
    assert held()["怡康苑第一党支部"] == "苗岳"
    assert differences(before).keys() >= {
        "cadres.PartyOrganisation",
        "cadres.PartyOrganisation_places",
        "cadres.Appointment",
    }
    assert undo_plan(run).told()["erased"] == ["3 个任职", "3 名骨干", "3 处覆盖范围", "2 个党组织"]
    undone(run, now)
    assert differences(before) == {}


def test_an_organisation_used_since_is_named_in_chinese(home: Community, now: datetime) -> None:
    office = client_of(clerk(home.place))
    run = imported(office, now, "party", [list(HEAD), list(GENERAL)])
    organisation = PartyOrganisation.objects.get()
    organisation_cover(organisation=organisation, places=[home.quarters[0], home.buildings[4]])
    assert undo_plan(run).told()["reasons"] == ["1 个党组织已有覆盖范围"]


def test_the_list_stands_in_the_order_of_the_tree(home: Community) -> None:
    load(
        "party",
        csv_of(
            HEAD,
            *(
                (f"怡康苑第{number}党支部", "", "", f"怡康苑{place}", "", "", "")
                for number, place in (("二", "第二片区"), ("一", "第一片区"))
            ),
            GENERAL,
            COMMITTEE,
        ),
    )
    shown = [row.name for row in listed(client_of(clerk(home.place)), PartyOrganisation)]
    assert shown == ["百步亭社区党委", "怡康党总支", "怡康苑第一党支部", "怡康苑第二党支部"]
