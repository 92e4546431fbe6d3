"""阿里云短信 SendSms, signed as its RPC interface asks: https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC
from urllib.parse import quote
from uuid import uuid4

from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, UnansweredError, ask, judged, server

REFUSED = frozenset(
    {"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT"}
)
LATER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
LIMITED = frozenset({"Throttling.User", "Throttling", "isp.SYSTEM_ERROR"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one text message; the approved template takes the number of matters as ${count}."""
    told = account.settings
    asked = {
        "AccessKeyId": told["key_id"],
        "Action": "SendSms",
        "Format": "JSON",
        "PhoneNumbers": letter.to,
        "RegionId": "cn-hangzhou",
        "SignName": told["sign_name"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": str(uuid4()),
        "SignatureVersion": "1.0",
        "TemplateCode": told["template"],
        "TemplateParam": json.dumps({"count": str(letter.count)}),
        "Timestamp": f"{letter.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Version": "2017-05-25",
    }
    asked["Signature"] = signature(asked, told["key_secret"])
    body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in asked.items()).encode()
    try:
        said = ask(
            "POST", f"{server('aliyun')}/", body, {"Content-Type": "application/x-www-form-urlencoded"}
        )
    except UnansweredError as failure:
        return failure.reply
    code = str(said.get("Code"))
    return (
        Reply(Outcome.ACCEPTED)
        if code == "OK"
        else judged(code, refused=REFUSED, limited=LIMITED, later=LATER)
    )


def signature(asked: Mapping[str, str], secret: str) -> str:
    """Return the signature of a POST: HMAC-SHA1 over the sorted, quoted parameters."""
    query = "&".join(f"{_quoted(name)}={_quoted(asked[name])}" for name in sorted(asked))
    signed = f"POST&%2F&{_quoted(query)}".encode()
    return base64.b64encode(hmac.new(f"{secret}&".encode(), signed, hashlib.sha1).digest()).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
