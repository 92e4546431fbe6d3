"""No text column that lies readable takes a number by which somebody is found, nor a remark about him: every app, every column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg2.errors import CheckViolation

from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from baibuting.common.bulk import rows_copy
from baibuting.common.plain_text import CODE, WORDS, Rule, breaks, plain_columns, plain_text, without_numbers
from buildings.choices import Level
from buildings.models import Place
from buildings.services import place_change, place_create
from cadres.models import Cadre
from cadres.services import cadre_create
from tests.factories import clerk, community, moment
from tests.pages import object_url, signed_in
from volunteers.models import Volunteer
from volunteers.services import volunteer_create

LONG = 60  # characters; names, codes and labels are shorter
# Text in the clear that is under no rule, or has room for a sentence: what it holds, and why that is well.
REVIEWED = {
    "worked out by the portal: from names under the rule, or from ids": {
        "buildings.Place.path", "buildings.Place.sort_key", "buildings.Place.sort_path", "api.FeedEntry.path", "api.FeedMove.path_from",
        "api.FeedMove.path_to", "reports.ReportRun.paths", "buildings.PlaceCode.code", "api.ApiToken.shown",
        "quotes.QuoteList.code", "repairs.RepairOrder.code",
    },
    "written by the portal in its own words: kinds of failure, names of models and columns, sentences without names": {
        "duties.DutyClock.last_failure", "duties.DutyClock.source", "phone.Submission.object_type", "duties.NoticeDelivery.last_failure", "messaging.Dispatch.last_failure", "phone.Digest.last_failure",
        "api.Delivery.last_failure", "audit.AuditAlarm.last_failure", "reports.ReportRun.message", "backups.BackupRun.file_name",
        "backups.BackupRun.message", "audit.AuditEvent.role",
        "audit.AuditEvent.object_type", "audit.AuditEvent.object_id", "audit.AuditEvent.fields",
        "accounts.SetAsideText.column", "rosters.ImportRun.units", "rosters.ImportRun.correctable",
        "rosters.ImportRun.corrections", "rosters.ImportRun.brings",
    },
    "rules and facts of duties: rungs, days, moments and ids, never words of people": {
        "duties.Duty.ladder", "duties.Duty.key", "messaging.Message.key", "duties.Duty.basis", "duties.Duty.waived", "duties.DutyEvent.passed_over",
        "duties.DutyEvent.detail", "visits.VisitRule.methods", "visits.VisitRule.ladder",
        "visits.IncidentRule.required_posts", "visits.IncidentRule.ladder", "repairs.RepairRule.ladder",
        "repairs.RepairRule.triage_ladder", "routines.RoutineRule.ladder",
    },
    "chosen from a list that the form checks": {
        "messaging.Preference.incident", "messaging.Preference.notice", "messaging.Preference.digest",
        "api.ApiClient.grants", "api.ApiToken.grants", "api.Webhook.topics",
        "desk.SavedFilter.query", "desk.SavedFilter.listed",
    },
    "digests": {"accounts.User.password", "phone.Photo.sent_hash", "phone.Submission.hash"},
    "why something was done, for whoever inspects the trail: under the rule, numbers are taken out; an append-only chain"
    " binds its words, so that no change of keys could seal them anew": {"audit.AuditEvent.reason"},
    "what an account is called: under the rule; Django allows 150 characters": {
        "accounts.User.username", "accounts.User.first_name", "accounts.User.last_name",
    },
    "of offices and programs, not of people: under the rule": {
        "volunteers.Volunteer.employer", "api.ApiClient.purpose", "api.EventType.title", "api.Platform.url",
        "api.Webhook.url", "repairs.RepairOrder.public_words", "gatherings.Gathering.cancelled_reason",
    },
    "a program's own key for a request, and the row it was answered with, which has no sealed column; kept thirty days": {
        "api.IdempotentRequest.key", "api.IdempotentRequest.answer",
    },
    "headings, sheets and reasons of an office's files, words for categories: under the rule, numbers are taken out": {
        "residents.CareCategory.synonyms", "rosters.ImportRun.message", "rosters.ImportRun.mapping",
        "rosters.ImportRun.titles", "rosters.ImportRun.missing", "rosters.ImportRun.rejections",
        "rosters.ImportRun.warned", "rosters.ImportRun.sheets", "rosters.ImportRun.hidden_sheets",
        "rosters.ImportRun.suggested", "rosters.ImportRun.taken_by_content", "rosters.ImportRun.undone",
        "rosters.ColumnMapping.title_key",
    },
    "a telephone number that hangs on every notice board": {"boards.DutyLine.phone"},
}  # fmt: skip

NUMBERS = [
    "13812345678", "电话13812345678", "138 1234 5678", "138-1234-5678", "１３９１２３４５６７８", "027-82345678",
    "(027)8234 5678", "0713-888-1234567", "82345678", "8234567", "42010619560305123X", "420106195603051234",
    "420106 19560305 1234", "4201 0619 5603 0512 34", "６２２２０２３２０２０１２３４５６７８",
]  # fmt: skip
NAMES = [
    "", "504栋", "怡和苑北区 第一片区", "12-1栋", "3单元1601", "5-2-1801", "二十一号楼", "2026-10-01至10-07调休", "2024—2025年度",
    "武政〔2026〕12号", "101、102、103栋", "16-17-18-19栋", "迪丽努尔·买买提", "网格420102", "东航·汉口城市广场二期 6 座 33 层",
]  # fmt: skip


def our_models() -> list[type[models.Model]]:
    """Those whose app lies in this repository."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if Path(apps.get_app_config(model._meta.app_label).path).parent == settings.BASE_DIR
    ]


def unsettled(of: Iterable[type[models.Model]]) -> set[str]:
    """Columns the database keeps as readable text, of whatever field class, that neither a choice nor a rule bounds."""
    return {
        f"{model._meta.label}.{column.name}"
        for model in of
        if not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if _is_text(column) and not _is_settled(model, column)
    }


def _is_text(column: models.Field) -> bool:
    kind = column.db_type(connection) or ""
    return bool(re.match(r"varchar|char|text|json|citext|hstore|xml|inet", kind)) or kind.endswith("[]")


def _is_settled(model: type[models.Model], column: models.Field) -> bool:
    if column.choices or isinstance(column, models.SlugField):
        return True
    return column.name in plain_columns(model) and (column.max_length or LONG + 1) <= LONG


def test_it_works() -> None:
    """Sealed, chosen from a list, a name under the rule, or on the reviewed table with a reason; and nothing stale there."""
    reviewed = set().union(*REVIEWED.values())
    found = unsettled(our_models())
    assert found - reviewed == set()
    assert reviewed - found == set()


def test_what_has_room_for_a_sentence_is_under_the_rule_all_the_same() -> None:
    said = [
        labels
        for reason, labels in REVIEWED.items()
        if "under the rule" in reason and "worked out" not in reason
    ]
    for label in set().union(*said):
        app, model, column = label.split(".")
        assert column in plain_columns(apps.get_model(app, model)), label


@pytest.mark.parametrize(
    "column",
    [
        models.TextField(),
        models.CharField(max_length=20),
        models.CharField(max_length=200, blank=True),
        models.JSONField(default=dict),
        models.EmailField(),
        models.FileField(),
        models.GenericIPAddressField(),
    ],
)
@isolate_apps("boards")
def test_a_column_somebody_adds_is_found(column: models.Field) -> None:
    class Planted(models.Model):
        words = column.clone()

        class Meta:
            app_label = "boards"

    assert unsettled([Planted]) == {"boards.Planted.words"}


@isolate_apps("boards")
def test_short_and_under_the_rule_is_enough_and_long_is_not() -> None:
    class Planted(models.Model):
        name = models.CharField(max_length=50)
        remark = models.CharField(max_length=200)

        class Meta:
            app_label = "boards"
            constraints = plain_text("name", "remark")

    assert unsettled([Planted]) == {"boards.Planted.remark"}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_of_people_are_found_however_they_are_written(text: str) -> None:
    assert breaks(text)
    assert breaks(f"王建国{text}（女儿）")
    assert not breaks(without_numbers(f"王建国{text}（女儿）"))


@pytest.mark.parametrize("text", NAMES)
def test_names_pass(text: str) -> None:
    assert not breaks(text)
    assert without_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [
        ("420102400", False), ("420102400012", False), ("420102400012001", False), ("01-0103", False), ("", False),
        ("13812345678", True), ("WG-13812345678", True), ("420106195603051234", True), ("42010619560305123x", True),
    ],
)  # fmt: skip
def test_codes_may_be_long_numbers_but_not_those_of_people(text: str, is_broken: bool) -> None:
    assert breaks(text, CODE) is is_broken


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(
        st.text(alphabet="0123456789１５ -（）()·.138027x栋王\u3000", max_size=30), min_size=1, max_size=60
    )
)
def test_the_database_and_the_form_judge_alike(texts: list[str]) -> None:
    for rule in (WORDS, CODE):
        assert _judged_by_the_database(texts, rule) == [breaks(text, rule) for text in texts]


def _judged_by_the_database(texts: list[str], rule: Rule) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t ~ %s FROM unnest(%s::text[]) WITH ORDINALITY AS _(t, n) ORDER BY n",
            [rule.pattern, texts],
        )
        return [found for (found,) in cursor.fetchall()]


@pytest.mark.django_db
@hypothesis_settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="0123456789１５ -（）.138027栋王", max_size=60))
def test_without_its_numbers_every_text_passes(text: str) -> None:
    assert not breaks(without_numbers(text))


@pytest.mark.django_db
def test_the_database_refuses_whichever_way_it_is_written() -> None:
    ours = community()
    holder = Cadre.objects.filter(community=ours.place)[0]
    with pytest.raises(IntegrityError, match="cadres_cadre_name_plain"), transaction.atomic():
        Cadre.objects.filter(pk=holder.pk).update(name="王建国13812345678")
    with pytest.raises(IntegrityError, match="cadres_cadre_name_plain"), transaction.atomic():
        Cadre.objects.bulk_create([Cadre(community=ours.place, name="王建国 138 1234 5678")])
    columns = ["uid", "community_id", "name", "name_initials", "phone", "is_party_member"]
    row = [Cadre().uid, ours.place.pk, "王建国82345678", "wjg", b"", False]
    with pytest.raises(CheckViolation, match="cadres_cadre_name_plain"), transaction.atomic():
        rows_copy(Cadre, columns, [row])
    assert not Cadre.objects.filter(name__startswith="王建国").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("column", "text"), [("name", "205栋 13812345678"), ("code", "420106195603051234")])
def test_a_service_and_a_form_say_so_at_the_field(column: str, text: str) -> None:
    ours = community()
    with pytest.raises(ValidationError) as caught:
        place_change(place=Place.objects.get(pk=ours.building.pk), **{column: text})
    assert set(caught.value.message_dict) == {column}
    assert caught.value.message_dict[column][0].startswith("这里不能填身份证号")
    details = {"name": "909栋", column: text}
    with pytest.raises(ValidationError):
        place_create(level=Level.BUILDING, parent=ours.precincts[0], **details)
    typed = {"name": ours.building.name, "code": "", "remark": "", column: text}
    page = signed_in(clerk(ours.place)).post(object_url(ours.building), typed)
    assert page.status_code == 200
    assert "这里不能填身份证号" in page.content.decode()
    kept = Place.objects.get(pk=ours.building.pk)
    assert (kept.name, kept.code) == (ours.building.name, "")
    assert Place.objects.filter(community=ours.place).count() == len(ours.buildings) + 7


@pytest.mark.django_db
def test_services_that_do_not_clean_the_whole_row_refuse_too() -> None:
    ours = community(staffed=False)
    for create in (cadre_create, volunteer_create):
        with pytest.raises(ValidationError) as caught:
            create(community=ours.place, name="王建国13812345678")
        assert set(caught.value.message_dict) == {"name"}
    assert not Cadre.objects.exists()
    assert not Volunteer.objects.exists()


@pytest.mark.django_db
def test_a_remark_about_a_building_may_name_people_since_it_is_sealed() -> None:
    ours = community()
    place_change(place=ours.building, remark="302 王大爷独居，女儿 13812345678")
    assert Place.objects.get(pk=ours.building.pk).remark == "302 王大爷独居，女儿 13812345678"


@pytest.mark.django_db
def test_a_reason_in_the_trail_loses_its_numbers() -> None:
    audit_event_record(
        now=moment("2026-03-02T10:00"), user=None, action=Action.REVEAL, object_type="residents.resident",
        reason="回访张三 027-8234 5678、13812345678",
    )  # fmt: skip
    assert AuditEvent.objects.get().reason == "回访张三[号码]、[号码]"


@pytest.mark.django_db
def test_the_address_mail_goes_to_is_sealed() -> None:
    account = User.objects.create_user("head", email="13812345678@example.invalid")
    assert User.objects.get(pk=account.pk).email == "13812345678@example.invalid"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user t WHERE t::text LIKE %s", ["%example.invalid%"])
        assert cursor.fetchone() == (0,)
    account.email = "没有邮箱"
    with pytest.raises(ValidationError) as caught:
        account.full_clean()
    assert "email" in caught.value.message_dict
