"""电子邮件, by the mail server of the installation."""

from __future__ import annotations

from baibuting.common.mailing import MailServer
from messaging.choices import Outcome
from messaging.senders.base import Account, Letter, Reply, code_of

# The server is reachable and refuses this very message (`baibuting.common.mailing`).
REFUSED = frozenset({"SMTPRecipientsRefused"})


def send(account: Account, letter: Letter) -> Reply:
    """Send one mail with the words of the message."""
    failure = MailServer().send(subject=f"{letter.count} 件事项请您打开网格", text=letter.text, to=letter.to)
    if not failure:
        return Reply(Outcome.ACCEPTED)
    return Reply(Outcome.REFUSED if failure in REFUSED else Outcome.FAILED, code_of(failure))
