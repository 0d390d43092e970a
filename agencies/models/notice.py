"""What people are told: notices (the inbox and the outbox in one), and the one letter a person gets a day.

``Notice`` holds finished sentences. One of the channel ``inbox`` is shown in the portal; one of the channel ``mail``
waits until the person's next digest takes it along (``mail`` then names the letter). ``Mail`` is that digest: at
most one a person a day, and sent at most once (docs/decisions/0007-mail-at-most-once.md).
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models.province import Province
from agencies.models.user import User

# What could not be mailed for so many days is old news: it stays in the inbox only.
MAIL_WITHIN_DAYS = 7


class MailQuerySet(models.QuerySet["Mail"]):
    """Phrases that complete "letters …"."""

    def to_be_sent(self, day: date, moment: datetime) -> Self:
        """… of a day that nobody has taken yet, or that were refused and whose next attempt is due."""
        return self.filter(
            Q(state=Mail.State.PENDING) | Q(state=Mail.State.FAILED, next_attempt_at__lte=moment), day=day
        )

    def left_over(self, day: date) -> Self:
        """… of earlier days that were never taken: their notices go into a later letter."""
        return self.filter(state=Mail.State.PENDING, day__lt=day)

    def silent_since(self, before: datetime) -> Self:
        """… taken by a worker that has not said since a real moment what became of them."""
        return self.filter(state=Mail.State.SENDING, claimed_at__lt=before)

    def uncertain_since(self, day: date) -> Self:
        """… of a day or later, of which nobody knows whether they arrived."""
        return self.filter(state=Mail.State.UNCERTAIN, day__gte=day).select_related("person")


class Mail(models.Model):
    """One digest to one person on one day. Its text never changes; triggers let the state move forward only.

    ``sending`` is written before the mail server is spoken to. It ends in ``sent`` (the server took the letter),
    ``failed`` (the server definitely did not take it: it may be tried again the same day) or ``uncertain`` (nobody
    can tell: it is shown to the administrator and never sent again). Times of sending are real time.
    """

    class State(models.TextChoices):
        """Where the letter stands."""

        PENDING = "pending", "chờ gửi"
        SENDING = "sending", "đang gửi"
        SENT = "sent", "đã gửi"
        FAILED = "failed", "máy chủ thư không nhận"
        UNCERTAIN = "uncertain", "không rõ đã gửi hay chưa"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name="tỉnh")
    person = models.ForeignKey(User, models.PROTECT, related_name="mails", verbose_name="người nhận")
    day = models.DateField("ngày")
    address = models.EmailField("địa chỉ")
    subject = models.CharField("tiêu đề", max_length=300)
    body = models.TextField("nội dung")
    message_id = models.CharField("mã thư (Message-ID)", max_length=200, unique=True)
    created_at = models.DateTimeField("lập lúc")
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField("số lần thử", default=0)
    attempt_token = models.UUIDField(null=True, blank=True, default=None)
    claimed_at = models.DateTimeField("bắt đầu gửi", null=True, blank=True)
    next_attempt_at = models.DateTimeField("thử lại lúc", null=True, blank=True)
    sent_at = models.DateTimeField("máy chủ nhận lúc", null=True, blank=True)
    error = models.TextField("lỗi", blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = "thư tổng hợp"
        verbose_name_plural = "thư tổng hợp"
        ordering = ("-day", "person")
        constraints = [
            models.UniqueConstraint(fields=("person", "day"), name="agencies_mail_one_a_day"),
            models.CheckConstraint(
                name="agencies_mail_taken_has_token",
                condition=Q(state="pending", attempts=0)
                | Q(state="failed")
                | Q(attempt_token__isnull=False, claimed_at__isnull=False, attempts__gt=0),
            ),
            models.CheckConstraint(
                name="agencies_mail_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="agencies_mail_trouble_is_told", condition=~Q(state__in=["failed", "uncertain"]) | ~Q(error="")
            ),
        ]
        indexes = [models.Index(fields=("state", "day"), name="agencies_mail_state")]

    def __str__(self) -> str:
        return f"{self.person}, {self.day:%d/%m/%Y} ({self.get_state_display()})"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Phrases that complete "notices …"."""

    def visible_to(self, user: User) -> Self:
        """… in the user's own inbox. What somebody was told stays theirs, also after they have left an agency."""
        return self.filter(person=user, channel=Notice.Channel.INBOX)

    def unread(self) -> Self:
        """… not marked as read."""
        return self.filter(read_at__isnull=True)

    def to_be_mailed(self, day: date) -> Self:
        """… that no letter has taken along, or only one of an earlier day that no server took; old news left out."""
        return self.filter(
            Q(mail__isnull=True) | Q(mail__state=Mail.State.FAILED, mail__day__lt=day),
            channel=Notice.Channel.MAIL,
            window__gt=day - timedelta(days=MAIL_WITHIN_DAYS),
            window__lte=day,
        )


class Notice(models.Model):
    """One thing one person is told over one channel; never twice for the same event and window.

    ``event`` is a stable key such as ``reminder:12:before_7``; ``window`` the business day it belongs to. Text and
    link never change (trigger); ``read_at`` (inbox) and ``mail`` (mail) are filled in later.
    """

    class Channel(models.TextChoices):
        """How the person is told."""

        INBOX = "inbox", "trong cổng"
        MAIL = "mail", "thư điện tử"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="notices")
    channel = models.CharField("kênh", max_length=5, choices=Channel)
    event = models.CharField("sự kiện", max_length=120)
    window = models.DateField("ngày")
    subject = models.CharField("tiêu đề", max_length=300)
    body = models.TextField("nội dung", blank=True)
    link = models.CharField("địa chỉ trong cổng", max_length=300, blank=True)
    created_at = models.DateTimeField("thời điểm")
    read_at = models.DateTimeField("đã đọc lúc", null=True, blank=True)
    mail = models.ForeignKey(Mail, models.PROTECT, null=True, blank=True, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "thông báo"
        verbose_name_plural = "thông báo"
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("event", "person", "channel", "window"), name="agencies_notice_once"),
            models.CheckConstraint(name="agencies_notice_says_something", condition=~Q(subject="")),
            models.CheckConstraint(
                name="agencies_notice_link_is_inside",
                condition=Q(link="") | (Q(link__startswith="/") & ~Q(link__startswith="//")),
            ),
            models.CheckConstraint(
                name="agencies_notice_read_in_the_portal", condition=Q(read_at__isnull=True) | Q(channel="inbox")
            ),
            models.CheckConstraint(
                name="agencies_notice_mailed_by_mail", condition=Q(mail__isnull=True) | Q(channel="mail")
            ),
        ]
        indexes = [
            models.Index(fields=("person", "read_at"), condition=Q(channel="inbox"), name="agencies_notice_inbox"),
            models.Index(fields=("window",), condition=Q(channel="mail"), name="agencies_notice_outbox"),
        ]

    def __str__(self) -> str:
        return self.subject


def new_message_id(sender: str) -> str:
    """Return a Message-ID of our own in the sender's domain (RFC 5322, 3.6.4)."""
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{uuid.uuid4().hex}@{domain}>"
