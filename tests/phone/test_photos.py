"""Photos: kept once, drawn anew without where and when, never decoded when too large, shown to few."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from PIL import Image

from audit.choices import Action
from audit.models import AuditEvent
from baibuting.common import pictures
from baibuting.common.pictures import LARGEST_PHOTO, PHOTO_SIDE
from cadres.choices import Post
from phone.models import Photo
from phone.rules import MOST_PHOTOS
from residents.models import CareRecord
from tests.factories import Community, clerk
from tests.pages import signed_in
from tests.phone.entries import picture, send, upload, visit_of
from tests.visits.people import signed_in_as, text_of
from visits.models import Visit

pytestmark = pytest.mark.django_db

GPS = 0x8825
Entry = dict[str, Any]


@pytest.fixture
def entry(record: CareRecord, head: Client) -> Entry:
    entry = visit_of(record.resident)
    assert send(head, entry)[0] == 201
    return entry


def post(client: Client, entry: Entry, data: bytes, *, uid: str = "", sha256: str = "") -> tuple[int, Entry]:
    sent = {
        "uid": uid or str(uuid4()),
        "entry": entry["uid"],
        "sha256": sha256 or hashlib.sha256(data).hexdigest(),
        "file": upload(data),
    }
    response = client.post("/m/photo/", sent)
    answer = response.json()
    if response.status_code == 201:
        assert (answer["uid"], answer["sha256"]) == (sent["uid"], sent["sha256"])
    return response.status_code, answer


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "cheap phone"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(GPS)[1] = "N"
    return picture(60, 40, exif=exif, comment=b"at home")


def kept_picture() -> Any:
    return Image.open(BytesIO(Photo.objects.get().content()))


def test_it_works(entry: Entry, head: Client, record: CareRecord) -> None:
    data = with_exif()
    assert b"cheap phone" in data
    assert post(head, entry, data)[1]["state"] == "stored"
    photo = Photo.objects.get()
    assert photo.sent_hash == hashlib.sha256(data).hexdigest()
    assert Visit.objects.get(pk=photo.submission.object_id).resident == record.resident
    kept = kept_picture()
    assert (kept.format, kept.size) == ("JPEG", (40, 60)), "upright"
    assert not kept.getexif()
    assert "comment" not in kept.info
    for trace in (b"Exif", b"cheap phone", b"at home"):
        assert trace not in photo.content()
    assert b"JFIF" not in bytes(photo.sealed), "sealed"


def test_sent_twice_it_is_kept_once(entry: Entry, head: Client) -> None:
    data, uid = picture(), str(uuid4())
    assert post(head, entry, data, uid=uid)[0] == 201
    assert post(head, entry, data, uid=uid)[0] == 201
    assert Photo.objects.count() == 1
    assert post(head, entry, picture(50), uid=uid)[1]["state"] == "quarantined"


def test_a_large_one_is_made_small(entry: Entry, head: Client) -> None:
    assert post(head, entry, picture(3000, 2000))[0] == 201
    assert max(kept_picture().size) == PHOTO_SIDE


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK"])
def test_other_kinds_of_pictures(entry: Entry, head: Client, mode: str) -> None:
    data = BytesIO()
    image = Image.new(mode, (20, 20))
    image.save(data, "JPEG" if mode == "CMYK" else "PNG")
    assert post(head, entry, data.getvalue())[0] == 201
    assert kept_picture().mode == "RGB"


def test_who_may_look(home: Community, entry: Entry, head: Client, record: CareRecord) -> None:
    post(head, entry, picture())
    photo = Photo.objects.get()
    where = f"/m/photos/{photo.uid}/"
    above = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    office = signed_in(clerk(home.place))
    for client in (head, above, office):
        response = client.get(where)
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert "no-store" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
    assert where in text_of(head, f"/m/people/{record.resident_id}/")
    assert where in text_of(office, f"/admin/visits/visit/{photo.submission.object_id}/change/")
    same_building = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    next_door = signed_in_as(home, home.buildings[1], Post.BUILDING_HEAD)
    for client in (same_building, next_door):
        assert client.get(where).status_code == 404
    assert Client().get(where).status_code == 302


def test_who_has_looked_stands_in_the_trail(
    home: Community, entry: Entry, head: Client, record: CareRecord
) -> None:
    """One row on the visit, so that it stands among who saw the person; none of one's own photo."""
    post(head, entry, picture())
    photo = Photo.objects.get()
    head.get(f"/m/photos/{photo.uid}/")
    assert not AuditEvent.objects.filter(action=Action.REVEAL).exists()
    office = signed_in(clerk(home.place))
    office.get(f"/m/photos/{photo.uid}/")
    told = AuditEvent.objects.get(action=Action.REVEAL)
    assert (told.object_type, told.object_id) == ("visits.visit", str(photo.submission.object_id))
    assert (told.fields, told.community_id) == (["photo"], home.place.pk)
    seen_by = text_of(office, f"/admin/residents/resident/{record.resident_id}/seen-by/")
    assert "照片" in seen_by
    assert "查看走访照片" in seen_by


# --- refusals ---------------------------------------------------------------------------------------------------------


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no picture", "打不开"),
        (picture()[:200], "打不开"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "打不开"),
        (claiming(8_000, 8_000), "像素太多"),
        (claiming(13_000, 13_000), "像素太多"),
        (claiming(2**31 - 1, 2**31 - 1), "像素太多"),
    ],
    ids=["text", "cut", "svg", "64 million pixels", "169 million pixels", "all there can be"],
)
def test_what_can_never_be_taken(entry: Entry, head: Client, data: bytes, said: str) -> None:
    status, answer = post(head, entry, data)
    assert (status, answer["state"]) == (422, "quarantined")
    assert said in answer["message"]
    assert not Photo.objects.exists()


def test_too_many_bytes(entry: Entry, head: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST_PHOTO", 100)
    assert "MB" in post(head, entry, picture())[1]["message"]
    response = head.post("/m/photo/", {}, CONTENT_LENGTH=str(LARGEST_PHOTO * 2))
    assert response.status_code == 413
    assert not Photo.objects.exists()


def test_too_many_photos(entry: Entry, head: Client) -> None:
    for number in range(MOST_PHOTOS):
        assert post(head, entry, picture(40 + number))[0] == 201
    assert post(head, entry, picture(99))[0] == 422
    assert Photo.objects.count() == MOST_PHOTOS


def test_cut_off_on_the_way_it_is_tried_again(entry: Entry, head: Client) -> None:
    data = picture()
    status, answer = post(head, entry, data[:-10], sha256=hashlib.sha256(data).hexdigest())
    assert (status, "uid" in answer) == (400, False)
    assert head.post("/m/photo/", {"uid": "x"}).status_code == 400
    assert head.post("/m/photo/", {"uid": str(uuid4()), "entry": entry["uid"]}).status_code == 400
    assert not Photo.objects.exists()


def test_the_entry_comes_first_and_is_ones_own(home: Community, entry: Entry, head: Client) -> None:
    assert post(head, {"uid": str(uuid4())}, picture())[0] == 404
    other = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    assert post(other, entry, picture())[0] == 404
    assert post(Client(), entry, picture())[0] == 401
    assert not Photo.objects.exists()


def test_too_many_in_an_hour(
    home: Community, entry: Entry, head: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(head, entry, picture())
    where = f"/m/photos/{Photo.objects.get().uid}/"
    office = signed_in(clerk(home.place))
    monkeypatch.setattr("audit.revealing.REVEALS_AN_HOUR", 1)
    assert office.get(where).status_code == 200
    refused = office.get(where)
    assert (refused.status_code, "一小时内最多" in refused.content.decode()) == (429, True)
    assert AuditEvent.objects.filter(action=Action.REVEAL).count() == 1
