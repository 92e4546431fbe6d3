"""A visitor's name stands in the clear: the database, the model and every door take a name and nothing else."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from residents.models import Resident
from tests.duties.steps import visit
from tests.factories import community, moment, resident
from tests.migrating import migrate
from visits.models import Visit
from visits.visitors import is_visitor_name, visitor_of

NAMES = ["张伟", "欧阳娜娜", "迪丽努尔·买买提", "志愿者 王芳（社区）", "王五、李四", "2号网格员", ""]
NO_NAMES = [
    "张伟19900000985",
    "199 0000 0985",
    "１９９００００００８５",
    "027-82612345",
    "429999196001014100",
    "肝癌晚期。",
    "社" * 31,
]


@pytest.fixture
def person() -> Resident:
    return resident(community(staffed=False).building, now=moment("2026-03-01T10:00"))


@pytest.mark.django_db
def test_it_works(person: Resident) -> None:
    for name in NAMES[:-1]:
        made = visit(person, "2026-03-02T10:00", visitor_name=name)
        made.full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_none_is_refused_by_the_service_and_the_model(person: Resident, text: str) -> None:
    with pytest.raises(ValidationError, match="只写姓名"):
        visit(person, "2026-03-02T10:00", visitor_name=text)
    assert not Visit.objects.exists()
    made = visit(person, "2026-03-02T10:00")
    made.visitor_name = text
    with pytest.raises(ValidationError, match="只写姓名"):
        made.clean()


@pytest.mark.django_db
@pytest.mark.parametrize("text", [text for text in NO_NAMES if any(sign.isdigit() for sign in text)])
def test_a_number_is_refused_by_the_database(person: Resident, text: str) -> None:
    made = visit(person, "2026-03-02T10:00")
    with pytest.raises(IntegrityError, match="visits_visit_visitor_has_no_number"), transaction.atomic():
        Visit.objects.filter(pk=made.pk).update(visitor_name=text)


@given(
    st.text(alphabet="张伟王芳、（）· -", max_size=8),
    st.integers(13_000_000_000, 19_999_999_999).map(str),
    st.text(alphabet="社区电话：,，（） ", max_size=6),
)
def test_a_number_never_stays_in_a_name(name: str, number: str, after: str) -> None:
    who = visitor_of(f"{name}{number}{after}")
    assert who.had_number
    assert is_visitor_name(who.name)
    assert number not in who.name + who.rest


@given(st.text(max_size=60))
def test_whatever_is_written_what_is_taken_as_a_name_is_one(text: str) -> None:
    assert is_visitor_name(visitor_of(text).name)


@given(st.sampled_from(NAMES))
def test_a_name_stays_as_it_is_written(name: str) -> None:
    assert visitor_of(name).name == name


@pytest.mark.django_db
def test_what_was_written_before_goes_to_the_sealed_notes(person: Resident) -> None:
    kept = visit(person, "2026-03-02T10:00", visitor_name="王芳", notes="身体尚好")
    made = visit(person, "2026-03-03T10:00", notes="血压偏高")
    migrate(("visits", "0003_void_reason_sealed"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE visits_visit SET visitor_name = '张伟19900000985' WHERE id = %s", [made.pk])
    migrate(("visits", "0004_one_visit_is_one_visit"))
    made, kept = Visit.objects.get(pk=made.pk), Visit.objects.get(pk=kept.pk)
    assert (made.visitor_name, made.notes) == ("张伟", "血压偏高（走访人：张伟19900000985）")
    assert (kept.visitor_name, kept.notes) == ("王芳", "身体尚好")
