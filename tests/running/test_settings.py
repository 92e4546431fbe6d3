"""Settings come from the environment; with a real database the keys must be given."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from baibuting.common.homes import default_home
from tests.running.homes import environment_of, fresh_home

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GIVEN = {
    "DATABASE_URL": "postgres://nobody@localhost:1/nothing",
    "SECRET_KEY": "given",
    "FIELD_KEYS": f"1:{KEY},2:{KEY}",
    "FIELD_KEY_ID": "2",
    "LOOKUP_KEY": KEY,
}


def load(home: Path, show: str = "''", **variables: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own and print an expression of them."""
    return subprocess.run(
        [sys.executable, "-c", f"from baibuting import settings as s; print({show})"],
        env=environment_of(home, **variables), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_it_works() -> None:
    with fresh_home() as home:
        done = load(home, "s.FIELD_KEYS.keys(), s.FIELD_KEY_ID, s.FIELD_KEYS[1].decode()", **GIVEN)
        assert done.stdout == "dict_keys([1, 2]) 2 0123456789abcdef0123456789abcdef\n", done.stderr
        assert not (home / "secrets.env").exists()


def test_keys_are_made_once_and_kept_to_their_owner() -> None:
    with fresh_home() as home:
        first, second = load(home, "s.SECRET_KEY, s.LOOKUP_KEYS"), load(home, "s.SECRET_KEY, s.LOOKUP_KEYS")
        assert first.returncode == 0, first.stderr
        assert first.stdout == second.stdout
        assert stat.S_IMODE((home / "secrets.env").stat().st_mode) == 0o600
        assert sorted(path.name for path in home.glob(".secrets-*")) == []


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY"])
def test_a_real_database_without_keys_is_refused(missing: str) -> None:
    with fresh_home() as home:
        done = load(home, **{name: value for name, value in GIVEN.items() if name != missing})
        assert done.returncode == 1
        assert f"{missing} is not set" in done.stderr
        assert not (home / "secrets.env").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FIELD_KEYS", "1:short", "32 bytes in base64"),
        ("FIELD_KEYS", KEY, "must look like"),
        ("FIELD_KEYS", f"1:{KEY},1:{KEY}", "each number once"),
        ("FIELD_KEYS", f"256:{KEY}", "1 to 255"),
        ("FIELD_KEY_ID", "3", "holds no key of that number"),
        ("FIELD_ALGORITHM", "ROT13", "AES-256-GCM or SM4-GCM"),
        ("LOOKUP_KEY", "???", "LOOKUP_KEY must be 32 bytes"),
        ("LOOKUP_KEYS", KEY, "LOOKUP_KEYS must look like"),
        ("LOOKUP_KEY_ID", "3", "LOOKUP_KEYS holds no key of that number"),
        ("AUDIT_KEEP_DAYS", "182", "six months"),
    ],
)
def test_a_key_that_cannot_be_right_is_refused_without_repeating_it(name: str, value: str, said: str) -> None:
    with fresh_home() as home:
        done = load(home, **GIVEN | {name: value})
        assert done.returncode == 1
        assert said in done.stderr
        assert KEY not in done.stderr


def test_what_a_look_up_key_is_changed_with() -> None:
    with fresh_home() as home:
        given = {name: value for name, value in GIVEN.items() if name != "LOOKUP_KEY"}
        done = load(home, "list(s.LOOKUP_KEYS), s.LOOKUP_KEY_ID", **given, LOOKUP_KEYS=f"1:{KEY},2:{KEY}")
        assert done.stdout == "[1, 2] 2\n", done.stderr


def test_a_second_step_is_asked_for_unless_it_is_switched_off() -> None:
    with fresh_home() as home:
        assert load(home, "s.TOTP_REQUIRED, s.PROXY_COUNT", **GIVEN).stdout == "True 0\n"
        switched = load(home, "s.TOTP_REQUIRED, s.PROXY_COUNT", **GIVEN, TOTP_REQUIRED="0", HTTPS="true")
        assert switched.stdout == "False 1\n"


WEB = """
import json, os
import baibuting.wsgi
from django.db import connections
given = connections["default"].settings_dict
print(json.dumps([given["STATEMENT_TIMEOUT"], given["IDLE_IN_TRANSACTION_TIMEOUT"], connections["default"].connection]))
"""


def test_pages_have_limits_and_no_connection_is_there_before_the_processes_are_forked() -> None:
    """A connection from before would be shared by all of them."""
    with fresh_home() as home:
        done = subprocess.run(
            [sys.executable, "-c", WEB], env=environment_of(home, **GIVEN, WEB_STATEMENT_TIMEOUT="12.5"),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stdout == "[12.5, 150.0, null]\n", done.stderr


def test_commands_have_none() -> None:
    with fresh_home() as home:
        shown = "s.DATABASES['default']['ENGINE'], 'STATEMENT_TIMEOUT' in s.DATABASES['default']"
        assert load(home, shown, **GIVEN).stdout == "baibuting.common.patient_backend False\n"


def test_two_clones_never_share_a_data_folder() -> None:
    assert default_home(Path("/srv/one")) != default_home(Path("/srv/two"))
