"""A sealed attribute reads like text, and its plain text never reaches SQL or a dump."""

from __future__ import annotations

import json
import pickle
from base64 import b64decode
from typing import Any
from uuid import UUID, uuid4

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext, isolate_apps

from baibuting.common.crypto import KeyMissingError, SealBrokenError, key_id_of, open_sealed
from baibuting.common.fields import UNREADABLE, SealedTextField, bound_to, is_unreadable, seal_value
from buildings.choices import Level
from buildings.models import Place
from buildings.services import place_create
from cadres.models import Cadre
from residents.models import CareRecord, Resident

PHONE = "13812341234"


@pytest.fixture
def place(db: None) -> Place:
    return place_create(level=Level.COMMUNITY, name="百步亭社区")


def cadre(place: Place, phone: str = PHONE, **details: Any) -> Cadre:
    return Cadre.objects.create(community=place, name="张三", phone=phone, **details)


def stored(row: models.Model, column: str = "phone") -> bytes:
    """What stands in the table itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return bytes(cursor.fetchone()[0])


def test_it_works(place: Place) -> None:
    made = cadre(place)
    assert made.phone == PHONE
    found = Cadre.objects.get()
    assert found.phone == PHONE
    assert PHONE.encode() not in stored(made)
    assert open_sealed(stored(made), bound_to=f"cadres.cadre.phone|{made.uid}") == PHONE


def test_only_ciphertext_is_kept_on_the_instance(place: Place) -> None:
    found = Cadre.objects.get(pk=cadre(place).pk)
    assert found.phone == PHONE
    assert isinstance(found.__dict__["phone"], bytes)
    assert PHONE not in repr(vars(found))
    assert PHONE.encode() not in pickle.dumps(found)
    assert pickle.loads(pickle.dumps(found)).phone == PHONE  # noqa: S301


def test_only_ciphertext_is_sent_to_the_database(place: Place) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        made = cadre(place)
        made.phone = "13912341234"
        made.save()
    assert not [query for query in queries.captured_queries if "2341234" in query["sql"]]
    assert Cadre.objects.get().phone == "13912341234"


@pytest.mark.parametrize("empty", ["", b"", None])
def test_empty_text_is_empty_bytes(place: Place, empty: Any) -> None:
    made = cadre(place, phone=empty)
    assert made.phone == ""
    assert stored(made) == b""
    assert Cadre.objects.get().phone == ""
    assert Cadre(community=place).phone == ""


def test_emptiness_can_be_asked_for(place: Place) -> None:
    full, empty = cadre(place), cadre(place, phone="")
    assert Cadre.objects.get(phone=b"") == Cadre.objects.get(phone="") == empty
    assert Cadre.objects.exclude(phone=b"").get() == full
    assert not Cadre.objects.filter(phone=None).exists()
    assert Cadre.objects.filter(phone__isnull=False).count() == 2


@pytest.mark.parametrize("lookup", ["contains", "icontains", "in", "startswith", "gt", "iexact", "regex"])
def test_it_cannot_be_searched(db: None, lookup: str) -> None:
    with pytest.raises(FieldError, match="sealed"):
        list(Cadre.objects.filter(**{f"phone__{lookup}": PHONE}))


def test_it_cannot_be_compared(place: Place) -> None:
    made = cadre(place)
    for value in (PHONE, made.phone, stored(made), models.F("name")):
        with pytest.raises(TypeError, match="sealed") as caught:
            Cadre.objects.filter(phone=value).first()
        assert PHONE not in str(caught.value)


def test_plain_text_never_reaches_sql(place: Place) -> None:
    made = cadre(place)
    before = stored(made)
    for write in (
        lambda: Cadre.objects.update(phone="13912341234"),
        lambda: Cadre.objects.update(
            phone=models.Value("13912341234", output_field=Cadre._meta.get_field("phone"))
        ),
    ):
        with pytest.raises(TypeError, match="sealed") as caught, transaction.atomic():
            write()
        assert "139" not in str(caught.value)
    assert stored(made) == before


def test_text_read_from_one_row_is_not_written_to_others(place: Place) -> None:
    first, second = cadre(place), cadre(place, phone="13912341234")
    before = stored(second)
    with pytest.raises(TypeError, match="belongs to its row") as caught, transaction.atomic():
        Cadre.objects.update(phone=first.phone)
    assert PHONE not in str(caught.value)
    assert stored(second) == before
    second.phone = first.phone
    second.save()
    assert Cadre.objects.get(pk=second.pk).phone == PHONE


def test_update_takes_sealed_bytes_and_emptiness(place: Place) -> None:
    made = cadre(place)
    Cadre.objects.filter(pk=made.pk).update(phone=seal_value(Cadre, "phone", made.uid, "13912341234"))
    assert Cadre.objects.get().phone == "13912341234"
    Cadre.objects.filter(pk=made.pk).update(phone="")
    assert Cadre.objects.get().phone == ""


def test_ciphertext_of_another_row_does_not_open(place: Place) -> None:
    first, second = cadre(place), cadre(place, phone="13912341234")
    Cadre.objects.filter(pk=second.pk).update(phone=stored(first))
    found = Cadre.objects.get(pk=second.pk)
    assert found.phone == UNREADABLE
    assert is_unreadable(found.phone)
    with pytest.raises(SealBrokenError):
        open_sealed(stored(second), bound_to=f"cadres.cadre.phone|{second.uid}")


@pytest.mark.parametrize("data", [b"13812341234", bytes([1, 1]) + b"\0" * 40])
def test_what_does_not_open_is_shown_as_such_and_never_written_over(
    place: Place, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by saving the row, nor by cleaning it, nor by a form that is sent off as it was shown."""
    made = cadre(place)
    Cadre.objects.filter(pk=made.pk).update(phone=data)
    found = Cadre.objects.get(pk=made.pk)
    assert found.phone == "无法读取"
    assert f"cadres.cadre.phone of row {made.pk} cannot be opened" in caplog.text
    assert PHONE not in caplog.text
    found.full_clean()
    found.save()
    form_class = forms.modelform_factory(Cadre, fields=["name", "phone"])
    form = form_class({"name": "李四", "phone": "无法读取"}, instance=found)
    assert form.is_valid()
    form.save()
    assert Cadre.objects.get(pk=made.pk).name == "李四"
    assert stored(made) == data
    found.phone = "13912341234"  # somebody fills it in again
    found.save()
    assert Cadre.objects.get(pk=made.pk).phone == "13912341234"


def test_somebody_may_write_those_very_words(place: Place) -> None:
    found = cadre(place, phone="无法读取")
    assert found.phone == "无法读取"
    assert not is_unreadable(found.phone)


def test_a_missing_key_is_said_aloud(place: Place, settings: Any) -> None:
    """That is no fault of a row: everything would look broken, and be saved so."""
    made = cadre(place)
    settings.FIELD_KEYS = {2: b"another key of thirty-two bytes."}
    settings.FIELD_KEY_ID = 2
    with pytest.raises(KeyMissingError):
        _ = Cadre.objects.get(pk=made.pk).phone


def test_a_sealed_value_can_be_made_for_bulk_loading(place: Place) -> None:
    uid = uuid4()
    data = seal_value(Cadre, "phone", uid, PHONE)
    assert key_id_of(data) == 1
    assert cadre(place, phone=data, uid=uid).phone == PHONE
    assert seal_value(Cadre, "phone", uid, "") == b""


def test_bulk_loading_refuses_what_could_not_be_opened() -> None:
    with pytest.raises(TypeError, match="not a sealed field"):
        seal_value(Cadre, "name", uuid4(), PHONE)
    with pytest.raises(TypeError, match="must be a UUID"):
        seal_value(Cadre, "phone", None, PHONE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a UUID"):
        Cadre(uid=None, phone=PHONE)


def test_bulk_create_and_bulk_update(place: Place) -> None:
    rows = [Cadre(community=place, name="张三", phone=f"1380000000{number}") for number in range(3)]
    Cadre.objects.bulk_create(rows)
    found = list(Cadre.objects.order_by("id"))
    assert [row.phone for row in found] == ["13800000000", "13800000001", "13800000002"]

    found[0].phone, found[1].phone = "", "13911111111"
    with CaptureQueriesContext(connection) as queries:
        Cadre.objects.bulk_update(found, ["phone", "name"])
    assert "13911111111" not in queries.captured_queries[-1]["sql"]
    assert [row.phone for row in Cadre.objects.order_by("id")] == ["", "13911111111", "13800000002"]


def test_a_deferred_value_is_loaded_when_read(place: Place) -> None:
    made = cadre(place)
    for rows in (Cadre.objects.defer("phone"), Cadre.objects.only("name"), Cadre.objects.only("phone")):
        found = rows.get()
        assert found.phone == PHONE
        assert found.uid == made.uid
    assert "phone" not in Cadre.objects.defer("phone").get().__dict__


def test_saving_leaves_a_deferred_value_alone(place: Place) -> None:
    made = cadre(place)
    before = stored(made)
    found = Cadre.objects.defer("phone").get()
    found.name = "李四"
    found.save()
    assert stored(made) == before
    assert Cadre.objects.get().name == "李四"


def test_a_deferred_value_is_loaded_when_written(place: Place) -> None:
    made = cadre(place)
    found = Cadre.objects.defer("phone").get()
    found.save(update_fields=["phone"])
    assert Cadre.objects.get().phone == PHONE
    dump = serializers.serialize("json", [Cadre.objects.defer("phone").get()])
    dumped = b64decode(json.loads(dump)[0]["fields"]["phone"])
    assert open_sealed(dumped, bound_to=bound_to(Cadre, "phone", made.uid)) == PHONE


def test_refreshing_reads_what_others_wrote(place: Place) -> None:
    made = cadre(place)
    other = Cadre.objects.get()
    other.phone = "13912341234"
    other.save(update_fields=["phone"])
    assert made.phone == PHONE
    made.refresh_from_db()
    assert made.phone == "13912341234"


def test_values_gives_ciphertext(place: Place) -> None:
    made = cadre(place)
    assert [bytes(value) for value in Cadre.objects.values_list("phone", flat=True)] == [stored(made)]


def test_a_dump_holds_ciphertext_and_loads_again(place: Place) -> None:
    made = cadre(place)
    for format_ in ("json", "xml"):
        dump = serializers.serialize(format_, Cadre.objects.all())
        assert PHONE not in dump
        for row in serializers.deserialize(format_, dump):
            row.save()  # over itself
        assert Cadre.objects.get().phone == PHONE
        Cadre.objects.all().delete()
        for row in serializers.deserialize(format_, dump):
            row.save()
        assert Cadre.objects.get(uid=made.uid).phone == PHONE


@pytest.mark.parametrize("phone", [PHONE, "1381234123", "YWJj", "电话"])
def test_loading_refuses_plain_text(place: Place, phone: str) -> None:
    dump = json.loads(serializers.serialize("json", [cadre(place)]))
    Cadre.objects.all().delete()
    dump[0]["fields"]["phone"] = phone
    with pytest.raises((serializers.base.DeserializationError, ValidationError)):
        list(serializers.deserialize("json", json.dumps(dump)))
    assert not Cadre.objects.exists()


class CadreForm(forms.ModelForm):
    class Meta:
        model = Cadre
        fields = ["name", "phone"]


def test_a_form_shows_and_takes_text(place: Place) -> None:
    made = cadre(place)
    form = CadreForm(instance=made)
    assert isinstance(form.fields["phone"], forms.CharField)
    assert form.fields["phone"].label == "联系电话"
    assert not form.fields["phone"].required
    assert form.initial["phone"] == PHONE

    form = CadreForm({"name": "张三", "phone": "13912341234"}, instance=made)
    assert form.is_valid()
    assert form.changed_data == ["phone"]
    form.save()
    assert Cadre.objects.get().phone == "13912341234"
    assert not CadreForm({"name": "张三", "phone": "13912341234"}, instance=Cadre.objects.get()).has_changed()


def test_a_form_may_empty_it(place: Place) -> None:
    form = CadreForm({"name": "张三", "phone": ""}, instance=cadre(place))
    assert form.is_valid()
    form.save()
    assert stored(Cadre.objects.get()) == b""


def test_ciphertext_typed_into_a_form_is_only_text(place: Place) -> None:
    made = cadre(place)
    typed = json.loads(serializers.serialize("json", [made]))[0]["fields"]["phone"]
    form = CadreForm({"name": "张三", "phone": typed}, instance=made)
    assert form.is_valid()
    form.save()
    assert Cadre.objects.get().phone == typed


def test_cleaning_a_model_changes_nothing(place: Place) -> None:
    made = cadre(place, name_initials="zs")
    before = made.__dict__["phone"]
    made.full_clean()
    assert made.__dict__["phone"] == before
    assert made.phone == PHONE


@isolate_apps("tests")
def test_an_obligatory_text_may_not_be_empty_nor_too_long() -> None:
    class Note(models.Model):
        uid = models.UUIDField(default=uuid4, unique=True)
        text = SealedTextField("情况", max_length=5)

        class Meta:
            app_label = "tests"

    for text, code in (("", "blank"), ("一二三四五六", "max_length")):
        with pytest.raises(ValidationError) as caught:
            Note(id=1, text=text).clean_fields()
        assert [error.code for error in caught.value.error_dict["text"]] == [code]
    Note(id=1, text="一二三四五").clean_fields()
    assert Note._meta.get_field("text").formfield().max_length == 5
    assert Note.check() == []


@isolate_apps("tests")
def test_a_model_without_a_uid_before_it_is_refused() -> None:
    class Without(models.Model):
        text = SealedTextField()

        class Meta:
            app_label = "tests"

    class TooLate(models.Model):
        text = SealedTextField()
        uid = models.UUIDField(default=uuid4, unique=True)

        class Meta:
            app_label = "tests"

    class NotUnique(models.Model):
        uid = models.UUIDField(default=uuid4)
        text = SealedTextField()

        class Meta:
            app_label = "tests"

    class Nullable(models.Model):
        uid = models.UUIDField(default=uuid4, unique=True)
        text = SealedTextField(null=True)

        class Meta:
            app_label = "tests"

    found = [[error.id for error in model.check()] for model in (Without, TooLate, NotUnique, Nullable)]
    assert found == [["baibuting.E001"]] * 3 + [["baibuting.E002"]]


@isolate_apps("tests")
def test_children_and_proxies_share_the_binding_of_the_table() -> None:
    class Parent(models.Model):
        uid = models.UUIDField(default=uuid4, unique=True)
        text = SealedTextField()

        class Meta:
            app_label = "tests"

    class Child(Parent):
        class Meta:
            app_label = "tests"

    class Proxy(Parent):
        class Meta:
            app_label = "tests"
            proxy = True

    uid = UUID(int=7)
    for model in (Parent, Child, Proxy):
        assert bound_to(model, "text", uid) == f"tests.parent.text|{uid}"
        assert model.check() == []
    assert Parent(uid=uid, text=Proxy(uid=uid, text="情况").__dict__["text"]).text == "情况"


def test_every_sealed_model_of_the_product_passes_its_check() -> None:
    assert [error for model in (Cadre, Resident, CareRecord) for error in model.check()] == []


def test_migrations_see_only_what_was_said() -> None:
    _, path, args, options = SealedTextField("电话", blank=True).deconstruct()
    assert (path, args) == ("baibuting.common.fields.SealedTextField", [])
    assert options == {"blank": True, "verbose_name": "电话"}
    hidden = SealedTextField(editable=False)
    assert hidden.deconstruct()[3] == {"editable": False}
    assert not hidden.clone().editable


def test_what_is_no_text_of_a_dump_passes_as_it_is() -> None:
    field = Cadre._meta.get_field("phone")
    assert field.to_python(b"bytes") == b"bytes"
    assert field.to_python("") == ""
    assert Cadre.phone.field is field
