"""钉钉, work notices: https://open.dingtalk.com/document/orgapp/asynchronous-sending-of-enterprise-session-messages."""

from __future__ import annotations

from urllib.parse import urlencode

from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, ask, ask_json, judged, server, with_token

EXPIRED = frozenset({"40014", "42001"})
REFUSED = frozenset({"33012", "40003", "60121"})
LIMITED = frozenset({"90002", "90005", "90018", "90022"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one work notice to one account of the enterprise."""

    def post(token: str) -> Reply:
        path = "/topapi/message/corpconversation/asyncsend_v2"
        url = f"{server('dingtalk')}{path}?{urlencode({'access_token': token})}"
        text = {"msgtype": "text", "text": {"content": letter.text}}
        said = ask_json(
            url, {"agent_id": account.settings["agent_id"], "userid_list": letter.to, "msg": text}
        )
        code = str(said.get("errcode"))
        return (
            Reply(Outcome.ACCEPTED) if code == "0" else judged(_inner(said), refused=REFUSED, limited=LIMITED)
        )

    return with_token(account, _token, post, expired=EXPIRED)


def _inner(said: dict[str, object]) -> str:
    """Return the code that says what is wrong: errcode 88 is an envelope around another one."""
    return str(said.get("sub_code") or said.get("errcode"))


def _token(account: Account) -> tuple[str, int] | Reply:
    asked = {"appkey": account.settings["app_key"], "appsecret": account.settings["app_secret"]}
    said = ask("GET", f"{server('dingtalk')}/gettoken?{urlencode(asked)}")
    if said.get("errcode") == 0 and said.get("access_token"):
        return str(said["access_token"]), int(said.get("expires_in", 7200))
    return judged(_inner(said), refused=frozenset(), limited=LIMITED)
