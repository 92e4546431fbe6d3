"""飞书, messages of an application: https://open.feishu.cn/document/server-docs/im-v1/message/create."""

from __future__ import annotations

import json
from uuid import NAMESPACE_URL, uuid5

from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, ask_json, judged, server, with_token

EXPIRED = frozenset({"99991663", "99991661", "99991668"})
REFUSED = frozenset({"230001", "230013", "99992351", "99992360"})
LIMITED = frozenset({"99991400", "230020"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one text message to one user; a second copy within an hour is dropped there by its `uuid`."""

    def post(token: str) -> Reply:
        said = ask_json(
            f"{server('feishu')}/open-apis/im/v1/messages?receive_id_type=user_id",
            {"receive_id": letter.to, "msg_type": "text", "uuid": str(uuid5(NAMESPACE_URL, letter.once)),
             "content": json.dumps({"text": letter.text}, ensure_ascii=False)},
            {"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        code = str(said.get("code"))
        return Reply(Outcome.ACCEPTED) if code == "0" else judged(code, refused=REFUSED, limited=LIMITED)

    return with_token(account, _token, post, expired=EXPIRED)


def _token(account: Account) -> tuple[str, int] | Reply:
    asked = {"app_id": account.settings["app_id"], "app_secret": account.settings["app_secret"]}
    said = ask_json(f"{server('feishu')}/open-apis/auth/v3/tenant_access_token/internal", asked)
    if said.get("code") == 0 and said.get("tenant_access_token"):
        return str(said["tenant_access_token"]), int(said.get("expire", 7200))
    return judged(str(said.get("code")), refused=frozenset(), limited=LIMITED)
