"""Mail to one person: how long the mail server may take, and when a run gives up on it."""

from __future__ import annotations

import logging
import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.mail.backends import smtp

logger = logging.getLogger(__name__)

ENOUGH = 3  # consecutive failures after which the server, not a message, is at fault
# A server that answers with one of these is reachable and refuses this very message.
_OF_THE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
ACCEPTING = 60  # seconds from the end of the text to the server's answer


class MailServer:
    """The mail server, with the failures that one run has met."""

    def __init__(self) -> None:
        self._failures = 0

    @property
    def is_away(self) -> bool:
        """Return whether it failed so often in a row that the remaining mails wait for the next run."""
        return self._failures >= ENOUGH

    def send(self, *, subject: str, text: str, to: str) -> str:
        """Send one mail; returns "" where the server took it, else the kind of failure."""
        try:
            send_mail(
                subject=subject, message=text, from_email=settings.DEFAULT_FROM_EMAIL, recipient_list=[to]
            )
        except (smtplib.SMTPException, OSError) as error:
            self._failures = 0 if isinstance(error, _OF_THE_MESSAGE) else self._failures + 1
            failure = type(error).__name__
            logger.warning("mail: the server did not take a message (%s); it will be tried again", failure)
            return failure
        self._failures = 0
        return ""


class _SMTP(smtplib.SMTP):
    """A connection that waits longer for the last answer: hanging up there would send a second copy later."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(ACCEPTING)
        return super().data(msg)


class _SMTPOverTLS(_SMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's, with EMAIL_TIMEOUT for each answer but the one that says whether the mail was taken."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SMTPOverTLS if self.use_ssl else _SMTP
