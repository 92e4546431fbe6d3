"""What stands in the database, table by table, to see whether anything has changed."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

FLEETING = {"sessions.session"}


def digests() -> dict[str, str]:
    """What stands in every table, as one word each; sessions left out, which a look at a page may write."""
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in FLEETING
    ]
    parts = [
        f"""SELECT '{table}', md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM "{table}" t"""
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
