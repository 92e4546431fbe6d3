"""A mail server on this machine's own address: takes mail, or fails as it is told."""

from __future__ import annotations

import os
import re
import signal
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class MailServer:
    """`taken` are the addresses of the mails it has taken, one a copy; `asked` counts the connections.

    `is_silent`: accepts a connection and says nothing. `refuses`: this answer to every RCPT. `answers_after`: seconds
    from the end of a text to its answer. `on_taken` is called with the number of mails taken so far, before the answer
    goes out: whoever is killed there does not learn that his mail was taken.
    """

    is_silent: bool = False
    refuses: str = ""
    answers_after: float = 0
    on_taken: Callable[[int], None] = lambda number: None
    taken: list[str] = field(default_factory=list)
    asked: int = 0

    def __enter__(self) -> MailServer:
        mails = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                mails.asked += 1
                if mails.is_silent:
                    self.rfile.read()  # until the other side hangs up
                    return
                self._say("220 ready")
                for line in iter(self.rfile.readline, b""):
                    self._answer(line.decode().strip())

            def _answer(self, line: str) -> None:
                verb = line[:4].upper()
                if verb == "RCPT":
                    found = re.search(r"<(.+)>", line)
                    assert found is not None
                    self.address = found[1]
                    self._say(mails.refuses or "250 known")
                elif verb == "DATA":
                    self._say("354 go on")
                    while self.rfile.readline() not in (b".\r\n", b""):
                        pass
                    time.sleep(mails.answers_after)
                    mails.taken.append(self.address)
                    mails.on_taken(len(mails.taken))
                    self._say("250 taken")
                else:
                    self._say("250 well")

            def _say(self, words: str) -> None:
                try:
                    self.wfile.write(f"{words}\r\n".encode())
                except ConnectionError:  # whoever asked is gone: the test looks at what was taken
                    self.rfile.close()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    def be_used(self, settings: Any, *, timeout: float = 0.3) -> None:
        """Point the settings at it."""
        settings.EMAIL_BACKEND = "baibuting.common.mailing.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", self.port, timeout

    @property
    def copies(self) -> Counter[str]:
        """How many copies each address has got."""
        return Counter(self.taken)


def killer_of(process: Any, *, at: int) -> Callable[[int], None]:
    """kill -9 for a process whose mail number `at` has been taken and not answered."""

    def kill(number: int) -> None:
        if number == at:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    return kill
