"""Telling people: into their inbox, and into the one letter they get a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from agencies import calendar, mailer
from agencies.actions import jobs
from agencies.models import Mail, Membership, Notice, User, valid_on
from agencies.models.notice import MAIL_WITHIN_DAYS, new_message_id
from agencies.permissions import Role
from agencies.text import nfc

SEND_MAIL = "agencies.send_mail"
BOTH = (Notice.Channel.INBOX, Notice.Channel.MAIL)


@dataclass(frozen=True)
class Telling:
    """One thing to tell one person. ``link`` is a path inside the portal."""

    person: User
    event: str
    subject: str
    body: str = ""
    link: str = ""
    channels: Sequence[str] = BOTH


def can_be_mailed(person: User) -> bool:
    """Tell whether the person has an address and may still log in."""
    return bool(person.email) and person.is_active


def post(*, province_id: int, tellings: Iterable[Telling], window: date | None = None) -> int:
    """Tell people, each thing once; return how many notices are new.

    Who cannot log in is told nothing; who has no address is told in the portal only. What has been posted for the
    same event, person, channel and window before stays as it is, also when two post at the same moment.
    """
    day = window or calendar.today()
    now = calendar.now()
    wanted = {
        (telling.event, telling.person.pk, channel): telling
        for telling in tellings
        if telling.person.is_active
        for channel in telling.channels
        if channel == Notice.Channel.INBOX or can_be_mailed(telling.person)
    }
    people = {person_id for _, person_id, _ in wanted}
    for _ in range(5):
        known = set(Notice.objects.filter(window=day, person__in=people).values_list("event", "person_id", "channel"))
        fresh = [
            Notice(
                province_id=province_id,
                person=telling.person,
                channel=key[2],
                event=telling.event,
                window=day,
                subject=_one_line(telling.subject),
                body=nfc(telling.body),
                link=telling.link,
                created_at=now,
            )
            for key, telling in wanted.items()
            if key not in known
        ]
        try:
            with transaction.atomic():
                Notice.objects.bulk_create(fresh, batch_size=500)
        except IntegrityError:
            # Somebody posted the same at this moment: look again.
            continue
        return len(fresh)
    raise RuntimeError("the same notices are being posted over and over")


def _one_line(text: str) -> str:
    """Return a subject: one line of at most 300 characters (a line break in a mail header is refused)."""
    line = " ".join(nfc(text).split())
    return line if len(line) <= 300 else f"{line[:299]}…"


def read(*, notice: Notice, by: User) -> Notice:
    """Mark a notice of one's own inbox as read (once; the first time stays)."""
    Notice.objects.visible_to(by).unread().filter(pk=notice.pk).update(read_at=calendar.now())
    notice.refresh_from_db()
    return notice


def read_all(*, by: User) -> int:
    """Mark everything in one's own inbox as read; return how many were not."""
    return Notice.objects.visible_to(by).unread().update(read_at=calendar.now())


# The digest


def write_mail(*, person: User, day: date) -> Mail | None:
    """Put everything that waits for a person into the letter of a day; None when there is none, or one exists.

    Who is second waits for the notices' locks and then finds nothing left to take along.
    """
    if not can_be_mailed(person):
        return None
    try:
        with transaction.atomic():
            waiting = list(
                Notice.objects.to_be_mailed(day)
                .filter(person=person)
                .select_for_update(of=("self",))
                .order_by("window", "created_at", "id")
            )
            if not waiting or Mail.objects.filter(person=person, day=day).exists():
                return None
            # A refused letter of an earlier day is not tried again: what it said goes into this one.
            Mail.objects.filter(
                pk__in={notice.mail_id for notice in waiting if notice.mail_id}, state=Mail.State.FAILED
            ).update(next_attempt_at=None)
            mail = Mail.objects.create(
                province_id=waiting[0].province_id,
                person=person,
                day=day,
                address=person.email or "",
                subject=f"[Cổng CCHC] {len(waiting)} việc cần ông/bà chú ý, ngày {day:%d/%m/%Y}",
                body=mail_text(person, day, waiting),
                message_id=new_message_id(settings.DEFAULT_FROM_EMAIL),
                created_at=calendar.now(),
            )
            Notice.objects.filter(pk__in=[notice.pk for notice in waiting]).update(mail=mail)
            jobs.enqueue(kind=SEND_MAIL, subject=mail, province_id=mail.province_id, by=None)
    except IntegrityError:
        # Another worker wrote the person's letter at this moment.
        return None
    return mail


def mail_text(person: User, day: date, notices: Sequence[Notice]) -> str:
    """Return the letter's text: every notice once, numbered, with its address in the portal."""
    base = settings.PORTAL_URL.rstrip("/")
    lines = [
        f"Kính gửi ông/bà {person},",
        "",
        f"Có {len(notices)} việc cần ông/bà chú ý, tính đến ngày {day:%d/%m/%Y}:",
        "",
    ]
    for number, notice in enumerate(notices, 1):
        lines.append(f"{number}. {notice.subject}")
        lines += [f"   {line}" for line in notice.body.splitlines()]
        if base and notice.link:
            lines.append(f"   {base}{notice.link}")
        lines.append("")
    lines += [
        "--",
        "Thư do cổng điều hành gửi tự động, mỗi ngày nhiều nhất một thư. Xin không trả lời thư này.",
        f"Mọi thông báo của ông/bà: {base}/thong-bao/" if base else "Mọi thông báo của ông/bà có ở mục Thông báo.",
    ]
    return "\n".join(lines) + "\n"


def digest() -> dict[str, int]:
    """The clock's round: write today's letters, ask for what waits or was refused, look after what went wrong.

    It may run at any time, any number of times, in several workers at once: a letter is written once a person and
    day, and sent at most once.
    """
    changed = mailer.tidy()
    today = calendar.today()
    _tell_administrators(Mail.objects.uncertain_since(today - timedelta(days=MAIL_WITHIN_DAYS)))
    written = asked = 0
    if calendar.now().hour >= settings.MAIL_DIGEST_HOUR:
        without = User.objects.filter(
            pk__in=Notice.objects.to_be_mailed(today).values("person_id"), is_active=True, email__isnull=False
        ).exclude(pk__in=Mail.objects.filter(day=today).values("person_id"))
        for person in without.order_by("pk"):
            written += write_mail(person=person, day=today) is not None
    for mail in Mail.objects.to_be_sent(today, calendar.real_now()).filter(attempts__lt=mailer.ATTEMPTS):
        jobs.enqueue(kind=SEND_MAIL, subject=mail, province_id=mail.province_id, by=None)
        asked += 1
    return {"written": written, "asked": asked, **changed}


def _tell_administrators(found: Iterable[Mail]) -> None:
    """Put letters of which nobody knows into the inbox of their province's administrators (never by mail), once."""
    mails = list(found)
    if not mails:
        return
    admins: dict[int, list[User]] = {}
    for membership in Membership.objects.filter(
        valid_on(calendar.today()),
        role=Role.ADMINISTRATOR,
        province_id__in={mail.province_id for mail in mails},
        user__is_active=True,
    ).select_related("user"):
        admins.setdefault(membership.province_id, []).append(membership.user)
    for mail in mails:
        post(
            province_id=mail.province_id,
            tellings=[
                Telling(
                    person=admin,
                    event=f"mail:{mail.pk}:uncertain",
                    subject=f"Không rõ thư ngày {mail.day:%d/%m/%Y} gửi {mail.person} đã đến hay chưa",
                    body=(
                        "Thư không được gửi lại để khỏi đến hai lần; người nhận vẫn có đủ thông báo trong cổng. Hãy "
                        f"tra nhật ký máy chủ thư theo mã {mail.message_id}."
                    ),
                    link="/quan-tri/agencies/mail/",
                    channels=(Notice.Channel.INBOX,),
                )
                for admin in admins.get(mail.province_id, [])
            ],
            window=mail.day,
        )
