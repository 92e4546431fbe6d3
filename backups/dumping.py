"""pg_dump and pg_restore of PostgreSQL, through the encryption of GnuPG, with no plain byte on a disk.

A backup is an OpenPGP message, encrypted with the passphrase BACKUP_KEY; within it lies pg_dump's custom format. So
`gpg --decrypt FILE | pg_restore …` restores it anywhere, without the portal (docs/adr/0125).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings

from backups.databases import address
from backups.rules import BackupError
from baibuting.common import embedded_postgres

_GPG = (
    "--batch",
    "--quiet",
    "--no-options",
    "--no-symkey-cache",
    "--pinentry-mode",
    "loopback",
    "--passphrase-fd",
)
_ENCRYPT = (
    "--symmetric",
    "--cipher-algo",
    "AES256",
    "--s2k-digest-algo",
    "SHA512",
    "--compress-algo",
    "none",
)


def refuse_unready() -> None:
    """Raise BackupError where the key or GnuPG is missing."""
    if not settings.BACKUP_KEY:
        raise BackupError(
            "还没有备份密钥：用 openssl rand -base64 32 生成一把，填到环境变量 BACKUP_KEY，并另存一份，丢了它备份就打不开。"
        )
    if shutil.which("gpg") is None:
        raise BackupError("没有找到 gpg，备份不能加密。请先安装：apt-get install gnupg。")


@dataclass(frozen=True, slots=True)
class _Program:
    """A program of a pipe; only it inherits its environment and descriptors."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()


def dump(database: str, snapshot: str, file: IO[bytes]) -> None:
    """Write the encrypted dump of a snapshot into an open file. Raises BackupError naming the program that failed."""
    dumped = _postgres("pg_dump", database, "--format=custom", f"--snapshot={snapshot}")
    with _gpg(*_ENCRYPT) as encrypt:
        _pipe(dumped, encrypt, into=file)


def restore(file: IO[bytes], database: str) -> None:
    """Read an encrypted dump into an empty database. Raises BackupError naming the program that failed."""
    restored = _postgres("pg_restore", database, "--single-transaction")
    with _gpg("--decrypt") as decrypt:
        _pipe(decrypt, restored, out_of=file)


def _postgres(name: str, database: str, *arguments: str) -> _Program:
    where, environment = address(database)
    program = str(embedded_postgres.binaries() / name)
    return _Program([program, f"--dbname={where}", *arguments, "--no-owner", "--no-privileges"], environment)


@contextmanager
def _gpg(*arguments: str) -> Iterator[_Program]:
    """Yield GnuPG with the passphrase on a descriptor, and a folder of its own for its agent, which ends with the block."""
    home = tempfile.mkdtemp(prefix="baibuting-gpg-")
    reads, writes = os.pipe()
    try:
        os.write(writes, settings.BACKUP_KEY.encode() + b"\n")
        os.close(writes)
        yield _Program(["gpg", "--homedir", home, *_GPG, str(reads), *arguments], descriptors=[reads])
    finally:
        os.close(reads)
        ending = ["gpgconf", "--homedir", home, "--kill", "all"]
        subprocess.run(ending, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def _pipe(
    first: _Program, second: _Program, *, out_of: IO[bytes] | None = None, into: IO[bytes] | None = None
) -> None:
    """Run `first | second` to their ends; neither outlives us. Raises BackupError where one of them fails."""
    with ExitStack() as ended:
        one = _start(first, out_of or subprocess.DEVNULL, subprocess.PIPE, ended)
        assert one.stdout is not None  # noqa: S101 - for mypy
        other = _start(second, one.stdout, into or subprocess.DEVNULL, ended)
        one.stdout.close()  # so that the first notices where the second has ended
        statuses = [
            (program.command[0], process.wait()) for program, process in ((second, other), (first, one))
        ]
    failed = [f"{Path(name).name} 退出码 {status}" for name, status in statuses if status]
    if failed:
        raise BackupError("、".join(failed))


def _start(
    program: _Program, reads: IO[bytes] | int, writes: IO[bytes] | int, ended: ExitStack
) -> subprocess.Popen[bytes]:
    """Start a program that is killed when the stack ends. What it says goes nowhere: pg_restore quotes rows."""
    process = subprocess.Popen(
        program.command, stdin=reads, stdout=writes, stderr=subprocess.DEVNULL,
        env=os.environ | program.environment, pass_fds=program.descriptors,
    )  # fmt: skip
    ended.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
