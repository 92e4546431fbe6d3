"""Providers of messages on this machine's own address, speaking their public protocols, or failing as they are told.

One server plays all of them: what each is asked, and how it must be signed, is checked as the provider would. Its
addresses begin with the provider's name: `/wecom/cgi-bin/gettoken`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

# what an office has filled in for each
SETTINGS: dict[str, dict[str, str]] = {
    "wecom": {"corp_id": "ww0123456789", "agent_id": "1000002", "secret": "wecom-secret"},
    "dingtalk": {"app_key": "dingkey", "agent_id": "3000001", "app_secret": "ding-secret"},
    "feishu": {"app_id": "cli_a1", "app_secret": "feishu-secret"},
    "aliyun": {"key_id": "LTAI0001", "sign_name": "百步亭社区", "template": "SMS_100", "key_secret": "ali-secret"},
    "tencent": {"secret_id": "AKID0001", "app_id": "1400006666", "sign_name": "百步亭社区", "template": "449739",
                "secret_key": "tencent-secret"},
}  # fmt: skip


@dataclass
class Taken:
    """A message that a provider accepted."""

    provider: str
    to: str
    text: str


@dataclass
class Providers:
    """`taken` are the messages accepted, `seen` the raw bytes of all requests, `tokens` counts those lent by provider.

    `codes` holds by provider the answers of its next messages: a code refuses the message, "" accepts it, a number from
    500 is an HTTP status; `stays` the answer of all its messages. `answers_after`: seconds, by provider. `expired`: the
    tokens that are no longer taken. `on_taken` is called with the number of messages before the answer goes out.
    """

    codes: dict[str, list[str]] = field(default_factory=dict)
    stays: dict[str, str] = field(default_factory=dict)
    answers_after: dict[str, float] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    expired: set[str] = field(default_factory=set)
    on_taken: Callable[[int], None] = lambda number: None

    def __enter__(self) -> Providers:
        providers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                parts = urlsplit(self.path)
                _, provider, path = parts.path.split("/", 2)
                providers.seen += [self.path.encode(), str(self.headers).encode(), body]
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, said = _PLAYED[provider](providers, path, query, body, dict(self.headers))
                time.sleep(providers.answers_after.get(provider, 0))
                try:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(
                        json.dumps(said).encode() if said is not None else b"<html>gateway</html>"
                    )
                except ConnectionError:  # whoever asked is gone: the test looks at what was taken
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def urls(self) -> dict[str, str]:
        """Where each provider answers."""
        return {name: f"http://127.0.0.1:{self._server.server_address[1]}/{name}" for name in SETTINGS}

    def be_used(self, settings: Any) -> None:
        """Point the settings at it."""
        settings.MESSAGE_SERVERS = self.urls

    def next_code(self, provider: str) -> str:
        """What the provider answers to its next message."""
        self.asked[provider] += 1
        waiting = self.codes.get(provider)
        return waiting.pop(0) if waiting else self.stays.get(provider, "")

    def take(self, provider: str, to: str, text: str) -> None:
        self.taken.append(Taken(provider, to, text))
        self.on_taken(len(self.taken))

    def copies(self, provider: str) -> Counter[str]:
        """How many messages each address has got."""
        return Counter(one.to for one in self.taken if one.provider == provider)

    def lend(self, provider: str) -> str:
        self.tokens[provider] += 1
        return f"{provider}-token-{self.tokens[provider]}"

    def takes(self, provider: str, token: str) -> bool:
        lent = {f"{provider}-token-{number + 1}" for number in range(self.tokens[provider])}
        return token in lent - self.expired


Said = tuple[int, Any]


def _failing(code: str) -> Said | None:
    """What a gateway in front of a provider answers."""
    return (int(code), None) if code.isdigit() and 500 <= int(code) < 600 else None


def _wecom(at: Providers, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Said:
    told = SETTINGS["wecom"]
    if path == "cgi-bin/gettoken":
        if query.get("corpid") != told["corp_id"]:
            return 200, {"errcode": 40013, "errmsg": "invalid corpid"}
        if query.get("corpsecret") != told["secret"]:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}
        return 200, {"errcode": 0, "errmsg": "ok", "access_token": at.lend("wecom"), "expires_in": 7200}
    assert path == "cgi-bin/message/send"
    if not at.takes("wecom", query.get("access_token", "")):
        return 200, {"errcode": 42001, "errmsg": "access_token expired"}
    sent = json.loads(body)
    assert (sent["msgtype"], sent["agentid"]) == ("text", int(told["agent_id"]))
    code = at.next_code("wecom")
    if code == "invaliduser":
        return 200, {"errcode": 0, "errmsg": "ok", "invaliduser": sent["touser"], "msgid": "m"}
    if code:
        return _failing(code) or (200, {"errcode": int(code), "errmsg": "no"})
    at.take("wecom", sent["touser"], sent["text"]["content"])
    return 200, {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "m"}


def _dingtalk(at: Providers, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Said:
    told = SETTINGS["dingtalk"]
    if path == "gettoken":
        if (query.get("appkey"), query.get("appsecret")) != (told["app_key"], told["app_secret"]):
            return 200, {"errcode": 40089, "errmsg": "不合法的corpid或corpsecret"}
        return 200, {"errcode": 0, "access_token": at.lend("dingtalk"), "expires_in": 7200}
    assert path == "topapi/message/corpconversation/asyncsend_v2"
    if not at.takes("dingtalk", query.get("access_token", "")):
        return 200, {"errcode": 88, "sub_code": "40014", "sub_msg": "不合法的access_token"}
    sent = json.loads(body)
    assert (sent["agent_id"], sent["msg"]["msgtype"]) == (told["agent_id"], "text")
    code = at.next_code("dingtalk")
    if code:
        return _failing(code) or (200, {"errcode": 88, "sub_code": code, "sub_msg": "no"})
    at.take("dingtalk", sent["userid_list"], sent["msg"]["text"]["content"])
    return 200, {"errcode": 0, "task_id": 1}


def _feishu(at: Providers, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Said:
    sent = json.loads(body)
    if path == "open-apis/auth/v3/tenant_access_token/internal":
        if sent != SETTINGS["feishu"]:
            return 200, {"code": 10014, "msg": "app secret invalid"}
        return 200, {"code": 0, "tenant_access_token": at.lend("feishu"), "expire": 7200}
    assert (path, query) == ("open-apis/im/v1/messages", {"receive_id_type": "user_id"})
    if not at.takes("feishu", headers["Authorization"].removeprefix("Bearer ")):
        return 400, {"code": 99991663, "msg": "Invalid access token"}
    assert (sent["msg_type"], len(sent["uuid"])) == ("text", 36)
    code = at.next_code("feishu")
    if code:
        return _failing(code) or (400, {"code": int(code), "msg": "no"})
    at.take("feishu", sent["receive_id"], json.loads(sent["content"])["text"])
    return 200, {"code": 0, "data": {"message_id": "om_1"}}


def _aliyun(at: Providers, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Said:
    told, sent = SETTINGS["aliyun"], dict(parse_qsl(body.decode(), keep_blank_values=True))
    given = sent.pop("Signature")
    if sent["AccessKeyId"] != told["key_id"]:
        return 404, {"Code": "InvalidAccessKeyId.NotFound", "RequestId": "r"}
    query_line = "&".join(f"{_pop(name)}={_pop(sent[name])}" for name in sorted(sent))
    mac = hmac.new(f"{told['key_secret']}&".encode(), f"POST&%2F&{_pop(query_line)}".encode(), hashlib.sha1)
    if base64.b64encode(mac.digest()).decode() != given:
        return 400, {"Code": "SignatureDoesNotMatch", "RequestId": "r"}
    assert (sent["Action"], sent["Version"], sent["SignatureMethod"]) == (
        "SendSms",
        "2017-05-25",
        "HMAC-SHA1",
    )
    if (sent["SignName"], sent["TemplateCode"]) != (told["sign_name"], told["template"]):
        return 200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "RequestId": "r"}
    code = at.next_code("aliyun")
    if code:
        return _failing(code) or (200, {"Code": code, "Message": "no", "RequestId": "r"})
    at.take("aliyun", sent["PhoneNumbers"], sent["TemplateParam"])
    return 200, {"Code": "OK", "Message": "OK", "BizId": "1", "RequestId": "r"}


def _pop(text: str) -> str:
    return quote(text, safe="-_.~")


def _tencent(at: Providers, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Said:
    told, sent = SETTINGS["tencent"], json.loads(body)
    if headers["Authorization"] != _tc3(body, headers, told):
        return 200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}, "RequestId": "r"}}
    assert (headers["X-TC-Action"], headers["X-TC-Version"]) == ("SendSms", "2021-01-11")
    if (sent["SmsSdkAppId"], sent["SignName"], sent["TemplateId"]) != (
        told["app_id"], told["sign_name"], told["template"],
    ):  # fmt: skip
        return 200, {"Response": {"Error": {"Code": "FailedOperation.TemplateIncorrectOrUnapproved"}}}
    [number] = sent["PhoneNumberSet"]
    code = at.next_code("tencent")
    if code:
        return _failing(code) or (
            200,
            {"Response": {"SendStatusSet": [{"Code": code, "PhoneNumber": number}]}},
        )
    at.take("tencent", number, json.dumps(sent["TemplateParamSet"]))
    return 200, {"Response": {"SendStatusSet": [{"Code": "Ok", "PhoneNumber": number}], "RequestId": "r"}}


def _tc3(body: bytes, headers: dict[str, str], told: dict[str, str]) -> str:
    """The signature as the provider computes it, written down anew from its page."""
    stamp = headers["X-TC-Timestamp"]
    day = time.strftime("%Y-%m-%d", time.gmtime(int(stamp)))
    canonical = "\n".join([
        "POST", "/", "", f"content-type:{headers['Content-Type']}", f"host:{headers['Host']}", "x-tc-action:sendsms", "",
        "content-type;host;x-tc-action", hashlib.sha256(body).hexdigest(),
    ])  # fmt: skip
    scope = f"{day}/sms/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{told['secret_key']}".encode()
    for part in (day, "sms", "tc3_request", to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return (
        f"TC3-HMAC-SHA256 Credential={told['secret_id']}/{scope}, SignedHeaders=content-type;host;x-tc-action, "
        f"Signature={key.hex()}"
    )


_PLAYED: dict[str, Callable[[Providers, str, dict[str, str], bytes, dict[str, str]], Said]] = {
    "wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu, "aliyun": _aliyun, "tencent": _tencent,
}  # fmt: skip
