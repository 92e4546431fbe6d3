"""The nginx example stands before a real portal: who a client is, what is too large, what is slow, and a portal that is away.

The very file, with ports, certificate and folders of this test put in; see adr/0119.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.choices import Role
from tests.factories import user
from tests.processes import REPOSITORY, environment

NAME = "portal.example.cn"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
WRITTEN = (REPOSITORY / "deploy" / "nginx" / "baibuting.conf").read_text()
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    types {{ text/html html; }}
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers; fastcgi_temp_path {folder}/1;
    uwsgi_temp_path {folder}/2; scgi_temp_path {folder}/3;
    include {folder}/baibuting.conf;
}}
"""


@dataclass
class Proxy:
    """nginx with the example, and the portal's process behind it."""

    port: int
    plain_port: int
    portal: subprocess.Popen[bytes]

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        """One request on a connection of its own; a header's underscores stand for dashes."""
        client = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=unverified())
        given = {"Host": NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
        client.request(method, path, body or None, given)
        return client.getresponse()

    def try_to_sign_in(self, address: str) -> int:
        """A wrong password by somebody who says to come from an address; the status of the answer."""
        page = self.ask("GET", "/login/", X_Forwarded_For=address)
        cookie = (page.headers["Set-Cookie"] or "").split(";")[0]
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert token is not None
        answer = self.ask(
            "POST", "/login/", f"username=lee&password=wrong&csrfmiddlewaretoken={token[1]}",
            Cookie=cookie, Referer=f"https://{NAME}/login/", X_Forwarded_For=address, X_Forwarded_Proto="http",
            Content_Type="application/x-www-form-urlencoded",
        )  # fmt: skip
        return answer.status


def unverified() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def put_in_place(folder: Path, ports: dict[str, int]) -> str:
    """The example with this test's ports and folders; each is there to be replaced, or the test does not test it."""
    text = WRITTEN
    for there, here in {
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports['tls']} ssl http2;",
        "/etc/ssl/baibuting/": f"{folder}/",
        "http://127.0.0.1:8000;": f"http://127.0.0.1:{ports['portal']};",
        "/opt/baibuting/": f"{folder}/",
    }.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


def free_ports(*names: str) -> dict[str, int]:
    with ExitStack() as probes:
        found = {name: probes.enter_context(socket.socket()) for name in names}
        for probe in found.values():
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in found.items()}


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it does not listen"
        time.sleep(0.1)


@contextmanager
def started(words: list[str], port: int, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def proxied() -> Iterator[Proxy]:
    folder = Path(tempfile.mkdtemp(prefix="bbt-nginx-"))
    ports = free_ports("plain", "tls", "portal")
    (folder / "baibuting.conf").write_text(put_in_place(folder, ports))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    shutil.copytree(REPOSITORY / "deploy" / "pages", folder / "deploy" / "pages")
    certificate(folder)
    folder.chmod(0o755)
    portal = [
        sys.executable, "-m", "gunicorn", "baibuting.wsgi", "--bind", f"127.0.0.1:{ports['portal']}",
        "--workers", "1", "--no-control-socket",
    ]  # fmt: skip
    variables = environment(HTTPS="true", PROXY_COUNT="1", ALLOWED_HOSTS=NAME, TOTP_REQUIRED="0")
    try:
        with (
            started(portal, ports["portal"], env=variables, cwd=REPOSITORY) as process,
            started([NGINX, "-c", str(folder / "nginx.conf")], ports["tls"], env=os.environ | {"LANG": "C"}),
        ):
            yield Proxy(ports["tls"], ports["plain"], process)
    finally:
        shutil.rmtree(folder)


@pytest.mark.needs_nginx
@pytest.mark.django_db(transaction=True)
def test_it_works() -> None:
    user("lee", role=Role.OFFICE)
    with proxied() as proxy:
        # F5: whatever a client sends as its own address, it is one client, and the fifth wrong password is one too many
        assert [proxy.try_to_sign_in(f"203.0.113.{number}") for number in range(6)] == [200] * 4 + [429] * 2
        whoever_is_slow_keeps_nobody_waiting(proxy)
        what_is_too_large_is_refused_at_once(proxy)
        what_is_for_inside_stays_inside(proxy)
        who_comes_without_tls_is_sent_to_it(proxy)
        proxy.portal.terminate()
        proxy.portal.wait()
        a_portal_that_is_away_has_a_page(proxy)


def whoever_is_slow_keeps_nobody_waiting(proxy: Proxy) -> None:
    """F17: the one process behind the proxy never gets to see a form of which only the beginning came."""
    begins = (
        f"POST /login/ HTTP/1.1\r\nHost: {NAME}\r\nReferer: https://{NAME}/login/\r\nContent-Length: 5000\r\n"
        f"Cookie: __Host-csrftoken={'a' * 32}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nusername="
    )
    with ExitStack() as slow:
        for _ in range(8):
            raw = slow.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            slow.enter_context(unverified().wrap_socket(raw)).sendall(begins.encode())
        begun = time.monotonic()
        assert [proxy.ask("GET", "/login/").status for _ in range(3)] == [200] * 3
        assert time.monotonic() - begun < 10


def what_is_too_large_is_refused_at_once(proxy: Proxy) -> None:
    """Before any of it is sent, in Chinese."""
    client = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=20, context=unverified())
    client.putrequest("POST", "/imports/", skip_host=True)
    client.putheader("Host", NAME)
    client.putheader("Content-Length", str(33 * 1024 * 1024))
    client.endheaders()
    answer = client.getresponse()
    assert answer.status == 413
    assert "一次最多上传 31 MB" in answer.read().decode()


def what_is_for_inside_stays_inside(proxy: Proxy) -> None:
    for path in ("/healthz", "/livez", "/metrics"):
        answer = proxy.ask("GET", path)
        assert (answer.status, b"sweep" in answer.read()) == (404, False), path


def who_comes_without_tls_is_sent_to_it(proxy: Proxy) -> None:
    client = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=20)
    client.request("GET", "/m/?from=sms", headers={"Host": "elsewhere.example.org"})
    answer = client.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/m/?from=sms")


def a_portal_that_is_away_has_a_page(proxy: Proxy) -> None:
    """A form that was being sent as well: no phone takes it for an answer."""
    for method in ("GET", "POST"):
        answer = proxy.ask(method, "/m/submit/", '{"uid": 1}' if method == "POST" else "")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "系统正在启动或升级" in answer.read().decode()


def test_no_roster_is_put_down_on_the_proxys_disk() -> None:
    """A body up to the largest one stays in memory, and so does an answer."""
    largest = re.search(r"client_max_body_size (\w+);", WRITTEN)
    assert largest is not None
    assert f"client_body_buffer_size {largest[1]};" in WRITTEN
    assert "proxy_max_temp_file_size 0;" in WRITTEN
