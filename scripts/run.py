"""`make run`: database, migrations, demo community, web server, worker and beat; one Ctrl-C ends all of it.

PORT (8000), BIND (127.0.0.1), DEMO (0: empty community), WEB_WORKERS (2), BAIBUTING_HOME: see docs/operations.md.
"""

from __future__ import annotations

import ctypes
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
STOP_WITHIN = 10  # seconds until processes that do not end are killed
PR_SET_PDEATHSIG = 1  # from linux/prctl.h

os.chdir(REPOSITORY)
sys.path.insert(0, str(REPOSITORY))
os.environ["DJANGO_SETTINGS_MODULE"] = "baibuting.settings"
os.environ["PYTHONUNBUFFERED"] = "1"
# in a container everything runs as root; the worker reads only messages written by this user's own processes
os.environ["PYTHONWARNINGS"] = "ignore:You're running the worker"


class Stop(SystemExit):
    """The process was asked to end."""


def _asked_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stop(0)


def refuse_taken_port(bind: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            sys.exit(
                f"Port {port} on {bind} cannot be used ({error.strerror}); choose another: make run PORT=8001"
            )


def prepare(address: str) -> tuple[str, bool]:
    """Bring the database up to date; return what to print about signing in, and whether this is a demo."""
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    sign_ins = load_demo_once()
    told = sign_ins or what_to_do_first(address)
    connections.close_all()
    return told, bool(sign_ins)


def what_to_do_first(address: str) -> str:
    """Return what to do in an empty community: while there is no account, the code for making the first."""
    from django.utils import timezone

    from accounts.codes import first_code_issue
    from accounts.rules import code_shown
    from accounts.setup import setup_waits

    if not setup_waits():
        return f"用已有的账号登录：{address}login/"
    return (
        f"还没有账号。第一步：打开 {address}first-account/ 开设第一个账号，\n"
        f"开通码 {code_shown(first_code_issue(now=timezone.now()))}（24 小时内有效，只能用一次；重新启动会换一个）。\n"
        "登录后按首页“初次使用”的清单一步步办：先导入楼栋，再导入两长四员、书记和五必访台账。"
    )


def load_demo_once() -> str:
    """Fill an empty database with the demo community, and keep the sign-ins it prints for later starts."""
    from django.conf import settings
    from django.core.management import call_command, get_commands

    from buildings.models import Place

    # a configured server receives invented people only on explicit request
    if os.environ.get("DEMO", "1" if settings.EMBEDDED else "0") == "0" or "load_demo" not in get_commands():
        return ""
    kept = Path(settings.HOME) / "demo-sign-ins.txt"
    if not Place.objects.exists():
        print("Loading the demo community ...", flush=True)
        said = io.StringIO()
        call_command("load_demo", stdout=said)
        kept.touch(mode=0o600)
        kept.write_text(said.getvalue(), encoding="utf-8")
    return kept.read_text(encoding="utf-8") if kept.exists() else ""


def commands(bind: str, port: int, home: Path) -> dict[str, list[str]]:
    """Return the command of each process by its name."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "baibuting"]
    return {
        "web": [
            sys.executable, "-m", "gunicorn", "baibuting.wsgi", "--bind", f"{bind}:{port}",
            "--workers", os.environ.get("WEB_WORKERS", "2"), "--preload", "--graceful-timeout", "5",
            # an answer with hundreds of accounts and their slips takes longer than the usual half minute on an old machine
            "--timeout", "120", "--log-level", "warning", "--no-control-socket",
        ],
        "worker": [
            *celery, "worker", "--queues", "celery,mail", "--concurrency", "1", "--loglevel", "WARNING",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule", str(home / "beat-schedule")],
    }  # fmt: skip


def _die_with_parent() -> None:
    """Have the kernel end this child process if the parent is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process in its own session, so that Ctrl-C reaches only the parent, which ends the others in order."""
    linux: dict[str, Any] = {"preexec_fn": _die_with_parent} if sys.platform == "linux" else {}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **linux)


def wait_for_page(address: str, children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait until the web server answers anything at all, or a child has ended."""
    while all(child.poll() is None for child in children.values()):
        try:
            urllib.request.urlopen(f"{address}healthz", timeout=5).close()  # noqa: S310
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)


def watch(children: dict[str, subprocess.Popen[bytes]]) -> int:
    """Wait until a child ends, which none should; return the exit status."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                print(
                    f"{name} ended by itself with status {child.returncode}; stopping the rest.", flush=True
                )
                return 1
        time.sleep(0.2)


def stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Stop all children with everything they started."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for child in children.values():
        with suppress(subprocess.TimeoutExpired):  # killed below, with its group
            child.wait(max(0.0, deadline - time.monotonic()))
    for child in children.values():
        with suppress(ProcessLookupError):  # its group is empty
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked_to_stop)
    bind, port = os.environ.get("BIND", "127.0.0.1"), int(os.environ.get("PORT") or 8000)
    refuse_taken_port(bind, port)
    address = f"http://{'127.0.0.1' if bind == '0.0.0.0' else bind}:{port}/"  # noqa: S104
    told, is_demo = prepare(address)
    if is_demo:  # a demo: trying out its accounts should not require a phone for each
        os.environ.setdefault("TOTP_REQUIRED", "0")

    from django.conf import settings

    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands(bind, port, Path(settings.HOME)).items():
            children[name] = start(command)
        wait_for_page(address, children)
        print(f"\n百步亭网格 {address}\n{told}\nCtrl-C stops everything.", flush=True)
        return watch(children)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop(children)


if __name__ == "__main__":
    sys.exit(main())
