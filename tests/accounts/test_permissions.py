"""Django's permissions say what the table of roles says, and nothing else can give more."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.context_processors import PermWrapper
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.template import Context, Template
from django.test import RequestFactory

from accounts.choices import Role
from accounts.models import User
from accounts.rules import may_view, may_write
from tests.factories import user
from tests.pages import signed_in

LABELS = sorted(model._meta.label_lower for model in admin.site._registry)


def permission(action: str, label: str) -> str:
    app_label, model = label.split(".")
    return f"{app_label}.{action}_{model}"


def test_it_works() -> None:
    office = User(role=Role.OFFICE)
    assert office.has_perm("residents.view_resident")
    assert office.has_perms(["residents.add_resident", "residents.change_resident"])
    assert not office.has_perm("residents.delete_resident")
    assert not office.has_perm("buildings.change_administrativeunit")
    assert office.has_module_perms("residents")
    assert not office.has_module_perms("accounts")


@pytest.mark.parametrize("role", Role)
def test_every_permission_is_the_table(role: Role) -> None:
    one = User(role=role)
    for label in LABELS:
        assert one.has_perm(permission("view", label)) is may_view(one, label)
        assert one.has_perm(permission("add", label)) is may_write(one, label)
        assert one.has_perm(permission("change", label)) is may_write(one, label)
        assert not one.has_perm(permission("delete", label))
        assert one.has_module_perms(label.split(".")[0]) or not may_view(one, label)


def test_a_superuser_has_everything_and_a_shut_account_nothing() -> None:
    assert User(role=Role.CADRE, is_superuser=True).has_perm("accounts.change_user")
    assert User(role=Role.CADRE, is_superuser=True).has_module_perms("accounts")
    shut = User(role=Role.OFFICE, is_superuser=True, is_active=False)
    assert not shut.has_perm("residents.view_resident")
    assert not shut.has_module_perms("residents")
    assert not User(role=Role.OFFICE, is_active=False).has_module_perms("residents")


def test_nobody_and_an_unknown_role_have_nothing() -> None:
    for one in (AnonymousUser(), User(role="janitor")):
        assert not one.has_perm("residents.view_resident")
        assert not one.has_module_perms("residents")


@pytest.mark.parametrize(
    "word", ["residents.resident", "view_resident", "residents.reveal_resident", "", "a.b.c"]
)
def test_words_that_are_no_permission_give_nothing(word: str) -> None:
    assert not User(role=Role.OFFICE).has_perm(word)


@pytest.mark.django_db
def test_no_row_gives_more(django_assert_num_queries: Any) -> None:
    """Rows of Django's own tables are never asked: neither a permission nor a group adds anything."""
    keeper = user("keeper", role=Role.SYSTEM_ADMIN)
    view = Permission.objects.get(codename="view_resident")
    group = Group.objects.create(name="everybody")
    group.permissions.add(view)
    keeper.user_permissions.add(view)
    keeper.groups.add(group)
    found = User.objects.get(pk=keeper.pk)
    with django_assert_num_queries(0):
        assert not found.has_perm("residents.view_resident")
        assert not found.has_module_perms("residents")
    assert signed_in(found).get("/admin/residents/resident/").status_code == 403


@pytest.mark.django_db
def test_it_signs_nobody_in() -> None:
    shen = user("shen", role=Role.OFFICE)
    request = RequestFactory().post("/login/")
    assert authenticate(request, username="shen", password="wrong") is None
    found = authenticate(request, username="shen", password="long enough 1")
    assert found == shen
    assert found.backend == "django.contrib.auth.backends.ModelBackend"  # type: ignore[union-attr]


@pytest.mark.django_db
def test_templates_may_ask() -> None:
    asked = Template("{{ perms.residents.view_resident }} {{ perms.accounts.view_user }}")
    assert asked.render(Context({"perms": PermWrapper(user("shen", role=Role.OFFICE))})) == "True False"
