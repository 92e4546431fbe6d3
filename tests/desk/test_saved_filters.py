"""A list's conditions kept under a name, by an account for itself: ids and choices, nothing typed but the name."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from desk.models import SavedFilter
from desk.saved_filters import MOST_FILTERS, kept_query
from desk.services import saved_filter_create
from tests.factories import Community, clerk, community
from tests.pages import signed_in
from tests.visits.people import stop_the_clock, text_of

pytestmark = pytest.mark.django_db
CARE = "/admin/residents/carerecord/"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def account(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def client(account: User) -> Client:
    return signed_in(account)


def keep(client: Client, path: str, query: str, name: str) -> Any:
    return client.post("/filters/", {"list": path, "query": query, "name": name})


def test_it_works(client: Client, home: Community) -> None:
    quarter = home.quarters[0].pk
    query = f"quarter={quarter}&seen=never"
    assert "保存现在的条件" in text_of(client, CARE, quarter=quarter, seen="never")
    response = keep(client, CARE, query, "怡康苑没见过的")
    assert response["Location"] == f"{CARE}?{query}"
    listed = text_of(client, CARE)
    assert f'href="{CARE}?quarter={quarter}&amp;seen=never">怡康苑没见过的</a>' in listed
    assert "怡康苑没见过的" not in text_of(client, "/never-seen/"), "another list"
    chosen = text_of(client, CARE, quarter=quarter, seen="never")
    assert "常用筛选：怡康苑没见过的" in chosen
    assert "保存现在的条件" not in chosen, "kept already"


def test_lists_of_the_desk_have_them_too(client: Client, home: Community) -> None:
    query = f"area={home.quarters[0].pk}&per=20&sort=-started_on"
    assert keep(client, "/never-seen/", query, "等得久的")["Location"] == f"/never-seen/?{query}"
    assert "等得久的" in text_of(client, "/never-seen/")


def test_what_belongs_to_the_moment_is_not_kept() -> None:
    assert kept_query("state=overdue&page=3&p=2&as_of=2026-03-01&found=1&e=1") == "state=overdue"


@pytest.mark.parametrize(
    "query", ["q=张三", "state=13812345678", "state=<b>", "张三=1", "", "state=a b", "state=%E5%BC%A0"]
)
def test_nothing_typed_is_kept(client: Client, query: str) -> None:
    assert kept_query(query) == ""
    keep(client, CARE, query, "名字")
    assert not SavedFilter.objects.exists()
    assert "还没有选筛选条件" in text_of(client, CARE)


def test_the_database_refuses_words_and_numbers_of_people(account: User) -> None:
    for query in ("name=张三", "state=13812345678", "state"):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedFilter.objects.create(user=account, listed="desk:duties", query=query, name="一")
    assert not SavedFilter.objects.exists()


def test_the_name_is_sealed(client: Client, account: User) -> None:
    keep(client, "/duties/", "state=overdue", "张三家")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM desk_savedfilter")
        (stored,) = cursor.fetchone()
    assert "张三家".encode() not in bytes(stored)
    assert SavedFilter.objects.get().name == "张三家"


@pytest.mark.parametrize("name", ["", "  ", "长" * 21])
def test_a_filter_needs_a_short_name(client: Client, name: str) -> None:
    response = keep(client, "/duties/", "state=overdue", name)
    assert response["Location"] == "/duties/?state=overdue"
    assert "请给这组条件起个名字，最多 20 个字" in text_of(client, "/duties/")
    assert not SavedFilter.objects.exists()


def test_the_same_conditions_again_are_renamed(client: Client) -> None:
    keep(client, "/duties/", "state=overdue&rung=1", "旧名")
    keep(client, "/duties/", "rung=1&state=overdue", "新名")
    assert [row.name for row in SavedFilter.objects.all()] == ["新名"]


def test_there_are_only_so_many(account: User) -> None:
    for number in range(MOST_FILTERS):
        saved_filter_create(user=account, listed="desk:duties", query=f"area={number}", name="一")
    with pytest.raises(ValidationError, match="最多保存 20 组"):
        saved_filter_create(user=account, listed="desk:duties", query="area=99", name="一")
    assert SavedFilter.objects.count() == MOST_FILTERS


@pytest.mark.parametrize("path", ["/", "/nothing/", "https://example.com/", "/admin/", "/reports/"])
def test_only_lists_have_them(client: Client, path: str) -> None:
    assert keep(client, path, "state=overdue", "名字").status_code == 404
    assert not SavedFilter.objects.exists()


def test_they_are_shown_to_nobody_else_and_deleted_by_nobody_else(client: Client, home: Community) -> None:
    keep(client, "/duties/", "state=overdue", "我的")
    other = signed_in(clerk(home.place, "other"))
    assert "我的" not in text_of(other, "/duties/").replace("我的筛选", "")
    pk = SavedFilter.objects.get().pk
    assert other.post(f"/filters/{pk}/delete/").status_code == 404
    assert SavedFilter.objects.filter(pk=pk).exists()
    assert client.post(f"/filters/{pk}/delete/")["Location"] == "/duties/"
    assert not SavedFilter.objects.exists()


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert keep(Client(), "/duties/", "state=overdue", "名字")["Location"].startswith("/login/")
    assert not SavedFilter.objects.exists()
