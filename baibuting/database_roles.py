"""What the role of web and workers may do with each table, worked out from the models (docs/adr/0123).

A model says by `app_privileges` that the portal may do less with its rows than read, write, change and delete them.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier, Literal

ROWS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_ATTRIBUTES = SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


class RoleRefusedError(Exception):
    """The portal's role cannot be made, or could do what it must not; the message says what to do, in Chinese."""


def table_privileges() -> Mapping[str, frozenset[str]]:
    """Return what the portal's role may do, by the name of the table; what is not named it may not touch."""
    found = {MigrationRecorder.Migration._meta.db_table: frozenset({"SELECT"})}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            found[model._meta.db_table] = _privileges_of(model)
    return found


def _privileges_of(model: type[models.Model]) -> frozenset[str]:
    return getattr(model, "app_privileges", ROWS)


@transaction.atomic
def database_role_grant(*, role: str, password: str) -> None:
    """Make the portal's role where it is missing, and give it exactly `table_privileges`.

    Run as the owner of the tables. Raises RoleRefusedError where the role may not be made, and where it is one that no
    grant could bind.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role]
        )
        found = cursor.fetchone()
        if found is None:
            _create(role, password)
        elif found[0]:
            raise RoleRefusedError(
                f"数据库角色 {role} 是超级用户，或属于表的所有者，授权管不住它。请在 DATABASE_URL 里换一个专用的角色名。"
            )
        for statement in _statements():
            cursor.execute(statement.format(role=Identifier(role), **_names()))
        for table, privileges in sorted(table_privileges().items()):
            words = SQL(", ").join(SQL(word) for word in sorted(privileges))
            cursor.execute(SQL("GRANT {} ON {} TO {}").format(words, Identifier(table), Identifier(role)))


def _create(role: str, password: str) -> None:
    """Create the role. The server is sent a verifier, never the password itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            raise RoleRefusedError(
                f"数据库里还没有角色 {role}，所有者又无权新建。请数据库管理员先执行：CREATE ROLE {role} LOGIN PASSWORD '…';"
            )
        verifier = encrypt_password(password, role, cursor.connection, "scram-sha-256")
        cursor.execute(
            SQL("CREATE ROLE {} {} PASSWORD {}").format(Identifier(role), _ATTRIBUTES, Literal(verifier))
        )


def _names() -> dict[str, Identifier]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_schema()")
        database, schema = cursor.fetchone()
    return {"database": Identifier(database), "schema": Identifier(schema)}


def _statements() -> list[SQL]:
    """Return what is said before the tables: nothing is left of earlier grants, and nobody makes tables of their own."""
    return [
        SQL("REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC"),
        SQL("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"),
        SQL("REVOKE ALL ON DATABASE {database} FROM {role}"),
        SQL("REVOKE ALL ON SCHEMA {schema} FROM {role}"),
        SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}"),
        SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}"),
        SQL("GRANT CONNECT ON DATABASE {database} TO {role}"),
        SQL("GRANT USAGE ON SCHEMA {schema} TO {role}"),
        SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"),
    ]
