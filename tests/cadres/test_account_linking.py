"""An account linked to a cadre has the cadre's name and phone, or somebody says that it is the same person."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from audit.models import AuditEvent
from cadres.models import Cadre
from tests.factories import cadre, clerk, community, user
from tests.pages import errors_of, object_url, signed_in

pytestmark = pytest.mark.django_db


def link(account: User, **more: str) -> tuple[Cadre, Any]:
    home = community(staffed=False)
    one = cadre(home.place, name="柏芳秀")
    typed = {"name": one.name, "phone": one.phone, "account": account.username, **more}
    answer = signed_in(clerk(home.place)).post(object_url(one), typed)
    one.refresh_from_db()
    return one, answer


def test_it_works() -> None:
    account = user("bai", name="柏芳秀")
    one, _ = link(account)
    assert one.user == account


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"name": "蒋秀"}, ("蒋秀", "柏芳秀")),
        ({"name": "柏芳秀", "phone": "19907477378"}, ("199****7378",)),
        ({"phone": "19907477378"}, ("199****7378",)),
    ],
)
def test_another_name_or_phone_is_asked_about(details: dict[str, str], words: tuple[str, ...]) -> None:
    one, answer = link(user("jiang", **details))
    [error] = errors_of(answer)["account"]
    assert all(word in error for word in words)
    assert "确认是同一人" in error
    assert "19907477378" not in answer.content.decode()
    assert one.user is None


def test_who_says_that_it_is_the_same_person_is_in_the_trail() -> None:
    account = user("jiang", name="蒋秀", phone="19907477378")
    one, _ = link(account, same_person="on")
    assert one.user == account
    assert "same_person" in AuditEvent.objects.get(object_type="cadres.cadre").fields


def test_an_account_that_is_linked_already_is_not_asked_about() -> None:
    """Correcting a cadre's name is no new link."""
    home = community(staffed=False)
    one = cadre(home.place, name="柏芳秀")
    one.user = user("bai", name="柏芳秀")
    one.save(update_fields=["user"])
    typed = {"name": "柏芳", "phone": one.phone, "account": "bai"}
    signed_in(clerk(home.place)).post(object_url(one), typed)
    one.refresh_from_db()
    assert (one.name, one.user.username) == ("柏芳", "bai")  # type: ignore[union-attr]
