"""The worker that hands one letter to the mail server, at most once.

What cannot be undone is never repeated. The letter is taken by a conditional update that is committed before the
server is spoken to; a taken letter is never taken again (a trigger keeps that too). What the server says decides:

* it answered that it does not take the letter, or could not be reached at all: ``failed``, tried again later the same
  day, ``ATTEMPTS`` times at most;
* it took the letter: ``sent``;
* anything else after the conversation began (silence, a broken connection): ``uncertain``, never sent again. So is a
  letter whose worker died in between (``silent``).
"""

import smtplib
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction

from agencies import calendar
from agencies.models import Mail

log = structlog.get_logger(__name__)

# Minutes to wait after each refusal; one more attempt than there are pauses.
PAUSES = (5, 15, 60, 180)
ATTEMPTS = len(PAUSES) + 1
# Longer than any conversation with a mail server can last (EMAIL_TIMEOUT bounds each answer).
SILENT_AFTER = timedelta(minutes=10)

WORKER_DIED = "Tiến trình gửi thư bị dừng giữa chừng; không rõ máy chủ thư đã nhận thư hay chưa."
OVER = "Hết ngày mà chưa gửi được; nội dung chuyển sang thư của ngày sau."


class NotTaken(Exception):
    """The server definitely did not take the letter."""


def message(mail: Mail) -> EmailMessage:
    """Return the letter as it goes out: plain text, dated and identified."""
    return EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers={
            "Date": format_datetime(calendar.real_now().astimezone(calendar.VIETNAM)),
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
        },
    )


def claim(mail_id: int) -> Mail | None:
    """Take a letter for one attempt, for good; None when somebody has it, had it, or its day is over."""
    now = calendar.real_now()
    token = uuid.uuid4()
    with transaction.atomic(durable=True):
        taken = (
            Mail.objects.to_be_sent(calendar.today(), now)
            .filter(pk=mail_id, attempts__lt=ATTEMPTS)
            .update(
                state=Mail.State.SENDING,
                attempts=models.F("attempts") + 1,
                attempt_token=token,
                claimed_at=now,
                next_attempt_at=None,
                error="",
            )
        )
    return Mail.objects.get(pk=mail_id, attempt_token=token) if taken else None


def deliver(mail: Mail) -> None:
    """Hand the letter to the server. Raises NotTaken when it definitely stayed here; anything else is not known."""
    connection = get_connection()
    try:
        letter = message(mail)
        letter.message()
        connection.open()
    except Exception as error:
        # No letter was spoken of yet: nobody answers, the log-in is refused, the address cannot be written.
        raise NotTaken(said(error)) from error
    try:
        connection.send_messages([letter])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        # An answer of 4xx or 5xx to MAIL, RCPT or DATA: the server says that it did not take the letter.
        raise NotTaken(said(error)) from error
    finally:
        # The letter has been taken or not; how the conversation ends changes nothing.
        with suppress(Exception):
            connection.close()


def said(error: Exception) -> str:
    """Return an error as the administrator reads it."""
    return f"{type(error).__name__}: {error}"[:1000]


def send(mail_id: int) -> str:
    """Send a letter unless it has been taken already; return what became of it (empty: nothing was done)."""
    mail = claim(mail_id)
    if mail is None:
        return ""
    try:
        deliver(mail)
    except NotTaken as error:
        return _end(mail, Mail.State.FAILED, str(error))
    except Exception as error:
        log.exception("mail_uncertain", mail=mail.pk)
        return _end(mail, Mail.State.UNCERTAIN, said(error))
    return _end(mail, Mail.State.SENT)


def _end(mail: Mail, state: Mail.State, error: str = "") -> str:
    """Write what became of the attempt (only the attempt that owns the letter may)."""
    now = calendar.real_now()
    mine = Mail.objects.filter(pk=mail.pk, attempt_token=mail.attempt_token)
    if state is Mail.State.SENT:
        # Also when somebody thought meanwhile that this worker had died: now it is known.
        open_ = mine.filter(state__in=(Mail.State.SENDING, Mail.State.UNCERTAIN))
        written = open_.update(state=state, sent_at=now, error="")
    else:
        values: dict[str, Any] = {"state": state, "error": error or state.label}
        if state is Mail.State.FAILED:
            log.warning("mail_not_taken", mail=mail.pk, error=error)
            values["next_attempt_at"] = _next(mail.attempts, now)
        written = mine.filter(state=Mail.State.SENDING).update(**values)
    return state.value if written else ""


def _next(attempts: int, now: datetime) -> datetime | None:
    """Return when a refused letter is tried again; None when it has had its attempts."""
    return now + timedelta(minutes=PAUSES[attempts - 1]) if attempts < ATTEMPTS else None


def tidy() -> dict[str, int]:
    """Say of letters of dead workers that nobody knows, and let letters of earlier days go; count both."""
    uncertain = left = 0
    for mail in Mail.objects.silent_since(calendar.real_now() - SILENT_AFTER):
        same = Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING, attempt_token=mail.attempt_token)
        if same.update(state=Mail.State.UNCERTAIN, error=WORKER_DIED):
            log.error("mail_uncertain", mail=mail.pk)
            uncertain += 1
    for mail in Mail.objects.left_over(calendar.today()):
        left += Mail.objects.filter(pk=mail.pk, state=Mail.State.PENDING).update(state=Mail.State.FAILED, error=OVER)
    return {"uncertain": uncertain, "left": left}
