"""企业微信, messages of an application: https://developer.work.weixin.qq.com/document/path/90236."""

from __future__ import annotations

from urllib.parse import urlencode

from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, ask, ask_json, code_of, judged, server, with_token

EXPIRED = frozenset({"40014", "42001", "41001"})
REFUSED = frozenset({"40003", "46004", "60111", "81013"})
LIMITED = frozenset({"45009", "45033"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one text message to one account of the enterprise."""

    def post(token: str) -> Reply:
        url = f"{server('wecom')}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        agent = account.settings["agent_id"]
        said = ask_json(
            url, {"touser": letter.to, "msgtype": "text", "agentid": int(agent) if agent.isdigit() else 0,
                  "text": {"content": letter.text}, "safe": 0},
        )  # fmt: skip
        code = str(said.get("errcode"))
        if code != "0":
            return judged(code, refused=REFUSED, limited=LIMITED)
        return Reply(Outcome.REFUSED, "invaliduser") if said.get("invaliduser") else Reply(Outcome.ACCEPTED)

    return with_token(account, _token, post, expired=EXPIRED)


def _token(account: Account) -> tuple[str, int] | Reply:
    asked = {"corpid": account.settings["corp_id"], "corpsecret": account.settings["secret"]}
    said = ask("GET", f"{server('wecom')}/cgi-bin/gettoken?{urlencode(asked)}")
    if said.get("errcode") == 0 and said.get("access_token"):
        return str(said["access_token"]), int(said.get("expires_in", 7200))
    return judged(code_of(said.get("errcode")), refused=frozenset(), limited=LIMITED)
