"""腾讯云短信 SendSms, signed by TC3-HMAC-SHA256: https://cloud.tencent.com/document/api/382/55981."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, UnansweredError, ask, judged, server

REGION, VERSION = "ap-guangzhou", "2021-01-11"
CONTENT_TYPE = "application/json; charset=utf-8"
REFUSED = frozenset(
    {"InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist",
     "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"}
)  # fmt: skip
LATER = frozenset(
    {"LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberOneHourLimit",
     "LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberSameContentDailyLimit"}
)  # fmt: skip
LIMITED = frozenset({"RequestLimitExceeded", "LimitExceeded", "LimitExceeded.DeliveryFrequencyLimit"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one text message; the approved template takes the number of matters as {1}."""
    told = account.settings
    number = letter.to if letter.to.startswith("+") else f"+86{letter.to}"
    body = json.dumps(
        {"PhoneNumberSet": [number], "SmsSdkAppId": told["app_id"], "SignName": told["sign_name"],
         "TemplateId": told["template"], "TemplateParamSet": [str(letter.count)]},
        ensure_ascii=False,
    )  # fmt: skip
    seconds = int(letter.at.timestamp())
    host = urlsplit(server("tencent")).netloc
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": "SendSms",
        "X-TC-Version": VERSION,
        "X-TC-Region": REGION,
        "X-TC-Timestamp": str(seconds),
        "Authorization": authorization(body, host, seconds, told["secret_id"], told["secret_key"]),
    }
    try:
        said = ask("POST", f"{server('tencent')}/", body.encode(), headers).get("Response")
    except UnansweredError as failure:
        return failure.reply
    code = _code(said if isinstance(said, dict) else {})
    return (
        Reply(Outcome.ACCEPTED)
        if code == "Ok"
        else judged(code, refused=REFUSED, limited=LIMITED, later=LATER)
    )


def _code(said: dict[str, object]) -> str:
    """Return the code of the request where that was refused, else that of its one number."""
    error, states = said.get("Error"), said.get("SendStatusSet")
    if isinstance(error, dict):
        return str(error.get("Code"))
    first = states[0] if isinstance(states, list) and states else {}
    return str(first.get("Code")) if isinstance(first, dict) else "nonsense"


def authorization(body: str, host: str, seconds: int, key_id: str, key: str) -> str:
    """Return the header that signs a request: https://cloud.tencent.com/document/api/382/52071."""
    day = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
    scope, names = f"{day}/sms/tc3_request", "content-type;host;x-tc-action"
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:sendsms\n"
    request = f"POST\n/\n\n{headers}\n{names}\n{_digest(body)}"
    signed = f"TC3-HMAC-SHA256\n{seconds}\n{scope}\n{_digest(request)}"
    secret = f"TC3{key}".encode()
    for part in (day, "sms", "tc3_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    found = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={found}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
