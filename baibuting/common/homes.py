"""The data folder (`BAIBUTING_HOME`) and the secrets generated into it once."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import tempfile
from pathlib import Path

SECRETS_FILE = "secrets.env"


def default_home(repository: Path) -> Path:
    """Return the data folder used when BAIBUTING_HOME is not set: two clones never share one.

    As root it lies under /var/lib, because the database server runs under a user of its own that must reach it,
    and root's working copies are often below a closed directory.
    """
    if os.geteuid() == 0:
        return (
            Path("/var/lib/baibuting") / hashlib.sha256(str(repository.resolve()).encode()).hexdigest()[:10]
        )
    return repository / ".home"


def make_home(home: Path) -> None:
    """Create the data folder. Others may pass through it (the database's user must), but not list it."""
    if not home.exists():
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711)


def _fresh_secrets() -> dict[str, str]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"1:{key()}",
        "FIELD_KEY_ID": "1",
        "LOOKUP_KEY": key(),
    }


def load_or_make_secrets(home: Path) -> dict[str, str]:
    """Return the secrets of this data folder by name, generated at the first call.

    Processes that start at the same time agree: the file is written aside and linked into place; the first link wins.
    """
    path = home / SECRETS_FILE
    if not path.exists():
        make_home(home)
        lines = [
            "# Keys of this data folder. Whoever loses them loses every encrypted column: back them up apart."
        ]
        lines += [f"{name}={value}" for name, value in _fresh_secrets().items()]
        handle, aside = tempfile.mkstemp(dir=home, prefix=".secrets-")  # mode 0600
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first; its secrets are the ones
        finally:
            os.unlink(aside)
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and line[0] != "#")
    return {name.strip(): value.strip() for name, value in pairs}
