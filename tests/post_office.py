"""A real mail server for tests: listens on a free port, counts what it takes, refuses what it is told to refuse."""

import asyncio
import email
import email.policy
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class PostOffice:
    """An SMTP server and its memory.

    ``at_rcpt`` and ``at_data`` may name an answer of 4xx or 5xx by address. ``hang_up_after`` addresses get their
    letter taken, and then silence and a broken connection instead of "250".
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.hang_up_after: set[str] = set()
        self.hold_after: set[str] = set()
        self.taken = threading.Event()
        self.port = free_port()

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.at_rcpt:
            return self.at_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  (the library's name)
        """Take or refuse a letter."""
        address = envelope.rcpt_tos[0]
        if address in self.at_data:
            return self.at_data[address]
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.taken.set()
        if address in self.hang_up_after:
            server.transport.abort()
        if address in self.hold_after:
            await asyncio.sleep(60)
        return "250 Taken"

    @property
    def counts(self) -> Counter[str]:
        """Address → letters taken."""
        return Counter(str(letter["To"]) for letter in self.letters)

    def to(self, address: str) -> EmailMessage:
        """Return the one letter to an address."""
        (letter,) = [letter for letter in self.letters if letter["To"] == address]
        return letter

    @contextmanager
    def open(self) -> Iterator["PostOffice"]:
        """Serve."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def use(settings: Any, port: int) -> None:
    """Send mail through a server on this machine, as EMAIL_URL=smtp://127.0.0.1:port would."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    settings.DEFAULT_FROM_EMAIL = "Cổng CCHC <cong@tinh-thu.example.vn>"
    settings.PORTAL_URL = "https://cong.example.vn"
