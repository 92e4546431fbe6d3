"""Short words for the tests of pages: somebody signed in, and what he finds in the admin."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from tests.factories import user


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def superuser() -> User:
    """Who sets communities up."""
    return user("root", role=Role.SYSTEM_ADMIN, is_superuser=True, is_staff=True)


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def object_url(row: Model, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def found_by(client: Client, model: type[Model], text: str, conditions: str = "") -> list[Any]:
    """The rows a search in the list shows; typed and sent as a person does."""
    response = client.post(f"{list_url(model)}{conditions}", {"q": text, "find": "1"}, follow=True)
    assert text not in response.request["QUERY_STRING"]
    return list(response.context["cl"].result_list)


def listed(client: Client, model: type[Model], **conditions: Any) -> list[Any]:
    """The rows a list shows under its filters."""
    response = client.get(list_url(model), conditions)
    assert response.status_code == 200, response.status_code
    return list(response.context["cl"].result_list)


def filter_labels(client: Client, model: type[Model]) -> set[str]:
    """Every choice that any filter of a list offers."""
    changelist = client.get(list_url(model)).context["cl"]
    return {str(choice["display"]) for spec in changelist.filter_specs for choice in spec.choices(changelist)}


def errors_of(response: Any) -> dict[str, list[str]]:
    """What the form on a page complains about; empty when it was saved."""
    if response.status_code == 302:
        return {}
    form = response.context.get("form") or response.context["adminform"].form
    return {field: [str(error) for error in errors] for field, errors in form.errors.items()}


def picked(client: Client, model: type[Model], field: str, term: str) -> list[str]:
    """What a picker offers for a typed word."""
    response = client.post(
        reverse("admin:autocomplete"),
        {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field,
            "term": term,
        },
    )
    assert response.status_code == 200, response.status_code
    return [result["text"] for result in response.json()["results"]]


def queries_of(client: Client, url: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
