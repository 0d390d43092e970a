"""The trail for people: which events, who did what to which row, what was before and what after.

Definitions:

* An event is shown to those who read the trail of its province (``Event.objects.visible_to``), to nobody else.
* A *change* is one value that differs between ``before`` and ``after``; values that stayed are not repeated.
* *Evidence* lists the SHA-256 of every document that the row showed after the event.
* *Exceptions* are extensions, reopenings, windows and other departures from the dates of a plan, by the words of
  their action (``EXCEPTION_WORDS``).
"""

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse

from agencies import calendar, seals
from agencies.models import Designation, Event, Membership, TrailHead, User, Verdict
from agencies.permissions import Permission, Role
from agencies.text import format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge
from plans.models import Assignment, PeriodClose, PeriodReopening, Plan, Progress, ProgressVersion, Task
from reports.models import ReportRun

ACTION_LABELS = {
    "progress.start": "bắt đầu viết báo cáo",
    "progress.save": "lưu nháp báo cáo",
    "progress.submit": "gửi báo cáo để duyệt",
    "progress.accept": "duyệt báo cáo",
    "progress.return": "trả lại báo cáo",
    "progress.correct": "mở điều chỉnh báo cáo đã duyệt",
    "progress.give_up": "bỏ điều chỉnh, giữ bản đã duyệt",
    "progress.forward": "trình thủ trưởng duyệt báo cáo",
    "progress.approve": "thủ trưởng duyệt gửi báo cáo",
    "progress.hand_back": "thủ trưởng chuyển lại báo cáo",
    "progress.withdraw": "rút báo cáo",
    "progress.judge": "đánh giá tài liệu kiểm chứng",
    "progress.ask": "hỏi thêm về báo cáo",
    "progress.reply": "trả lời câu hỏi về báo cáo",
    "progress.answer": "trả lời kiến nghị",
    "progress.replace": "thay tài liệu đã gửi",
    "request.open": "gửi đề nghị về nhiệm vụ",
    "request.withdraw": "rút đề nghị",
    "request.grant": "đồng ý đề nghị (gia hạn, chuyển nhiệm vụ)",
    "request.decline": "không đồng ý đề nghị",
    "ruling.suspend": "tạm dừng nhiệm vụ",
    "ruling.resume": "cho tiếp tục nhiệm vụ",
    "ruling.cancel": "bãi bỏ nhiệm vụ",
    "ruling.finish": "kết thúc nhiệm vụ",
    "ruling.internal_due": "đặt hạn nội bộ",
    "ruling.condition_met": "ghi nhận đã đến điều kiện",
    "ruling.extension": "gia hạn",
    "ruling.carried_due": "giữ thời hạn khi chuyển giao",
    "ruling.done_rule": "đặt cách xác định hoàn thành",
    "ruling.task_done": "kết luận nhiệm vụ hoàn thành",
    "assignment.moved": "chuyển giao nhiệm vụ",
    "assignment.kept": "giữ nguyên nhiệm vụ khi sắp xếp",
    "assignment.ended": "kết thúc nhiệm vụ khi sắp xếp",
    "amendment.begin": "lập văn bản sửa đổi kế hoạch",
    "amendment.edit": "sửa thông tin văn bản sửa đổi",
    "amendment.line": "ghi nội dung sửa đổi",
    "amendment.take_off": "bỏ nội dung sửa đổi",
    "amendment.confirm": "xác nhận sửa đổi kế hoạch",
    "amendment.discard": "bỏ văn bản sửa đổi",
    "task.carry": "chuyển tiếp nhiệm vụ từ kế hoạch trước",
    "task.members": "cập nhật phân công theo nhóm cơ quan",
    "target.choose_baseline": "chọn năm gốc của mục tiêu",
    "reminder.remind": "nhắc việc tự động",
    "reminder.chase": "đôn đốc",
    "window.allow_late": "cho phép nộp muộn",
    "window.extend_for_all": "gia hạn kỳ cho tất cả do sự cố",
    "period.add": "thêm kỳ báo cáo",
    "period.close": "chốt kỳ báo cáo",
    "period.reopen": "mở lại kỳ báo cáo",
    "plan.create": "tạo kế hoạch",
    "plan.issue": "ban hành kế hoạch",
    "plan.hand_out": "giao nhiệm vụ của kế hoạch",
    "plan.end": "kết thúc kế hoạch",
    "plan.replace": "ghi kế hoạch được thay thế",
    "membership.join": "giao vai trò",
    "membership.leave": "kết thúc vai trò",
    "designation.add": "phân công cơ quan thẩm định",
    "report.request": "yêu cầu xuất báo cáo",
    "report.retry": "yêu cầu xuất lại báo cáo",
    "report.ready": "xuất xong báo cáo",
    "trail.seal": "niêm phong dữ liệu có từ trước",
    "approval.require": "quy định thủ trưởng duyệt trước khi gửi",
    "approval.release": "bỏ quy định thủ trưởng duyệt",
    "approval.delegate": "ủy quyền duyệt",
    "approval.revoke": "thu hồi ủy quyền",
    "reorganisation.propose": "lập phương án sắp xếp",
    "reorganisation.edit": "sửa phương án sắp xếp",
    "reorganisation.discard": "bỏ phương án sắp xếp",
    "reorganisation.apply": "áp dụng phương án sắp xếp",
    "agency.enter": "thành lập cơ quan",
    "agency.rename": "đổi tên cơ quan",
    "agency.end": "kết thúc hoạt động cơ quan",
    "group.join": "thêm thành viên nhóm cơ quan",
    "group.leave": "kết thúc thành viên nhóm cơ quan",
    "designation.follow": "chuyển phân công thẩm định sang cơ quan kế thừa",
    "province.enter": "thành lập tỉnh do sáp nhập",
    "province.end": "kết thúc tỉnh do sáp nhập",
    "province.add": "thêm tỉnh",
    "province.change": "sửa thông tin tỉnh",
    "agency.add": "thêm cơ quan",
    "agency.change": "sửa thông tin cơ quan",
    "agencygroup.add": "thêm nhóm cơ quan",
    "agencygroup.change": "sửa nhóm cơ quan",
    "designation.change": "sửa phân công cơ quan thẩm định",
    "user.add": "thêm tài khoản",
    "user.change": "sửa tài khoản",
}
# Parts of the names of actions that depart from a plan's dates: reopenings, late leave and outages, granted requests
# for more time (and for another agency: one step grants both), suspensions and internal days.
EXCEPTION_WORDS = (
    "period.reopen",
    "window.",
    "request.grant",
    "ruling.suspend",
    "ruling.resume",
    "ruling.extension",
    "ruling.internal_due",
)
# Names of values that are no column of their row.
VALUE_LABELS = {
    "revision": "số lần thay đổi",
    "version": "lần báo cáo",
    "evidence": "tài liệu kiểm chứng",
    "user": "người dùng",
    "agency": "cơ quan",
    "role": "vai trò",
    "from": "từ ngày",
    "to": "đến ngày",
    "on": "thành viên nhóm tính theo ngày",
    "assignments": "số phân công",
    "tasks": "số nhiệm vụ",
    "rows": "số dòng",
    "plan": "kế hoạch",
    "period": "kỳ báo cáo",
    "close": "lần chốt",
    "number": "số",
    "title": "tên",
    "code": "mã",
    "job": "công việc nền",
    "blob_sha256": "SHA-256 của tệp",
    "facts_sha256": "SHA-256 của số liệu",
    "sha256": "SHA-256",
    "previous_sha256": "SHA-256 của lần chốt trước",
}
EMPTY = "(trống)"


def action_label(action: str) -> str:
    """Return what was done, as people say it; the code where nobody has said it yet."""
    return ACTION_LABELS.get(action, action)


# Which events


@dataclass(frozen=True)
class Wanted:
    """Which events to show; empty values ask for everything."""

    who: str = ""
    action: str = ""
    type: str = ""
    first: date | None = None
    last: date | None = None
    request: str = ""
    exceptions: bool = False

    @property
    def active(self) -> int:
        """How many conditions are set."""
        return sum(
            bool(one)
            for one in (self.who, self.action, self.type, self.first, self.last, self.request, self.exceptions)
        )


def events(user: User, wanted: Wanted) -> "QuerySet[Event, Event]":
    """Return the events that the user may read and asks for, newest first."""
    found = Event.objects.visible_to(user).order_by("-id")
    if wanted.who:
        found = found.filter(Q(actor__full_name__icontains=wanted.who) | Q(actor__username__icontains=wanted.who))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.type:
        found = found.filter(subject_type=wanted.type)
    if wanted.first:
        found = found.filter(happened_at__gte=calendar.start_of(wanted.first))
    if wanted.last:
        found = found.filter(happened_at__lt=calendar.end_of(wanted.last))
    if wanted.request:
        found = found.filter(request_id=wanted.request)
    if wanted.exceptions:
        found = found.filter(functools.reduce(operator.or_, (Q(action__contains=word) for word in EXCEPTION_WORDS)))
    return found


# What a row is called


@dataclass(frozen=True)
class Name:
    """A row as people call it, and its page (empty when it has none)."""

    text: str
    url: str = ""


def _progress(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Báo cáo {period}, nhiệm vụ {code}, {agency}", assignment_url(assignment))
        for pk, period, code, agency, assignment in Progress.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "assignment__task__code", "assignment__agency__name", "assignment_id"
        )
    }


def _assignments(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Phân công nhiệm vụ {code}, {agency}", assignment_url(pk))
        for pk, code, agency in Assignment.objects.filter(pk__in=keys).values_list("pk", "task__code", "agency__name")
    }


def _plans(keys: list[str]) -> dict[str, Name]:
    return {
        str(plan.pk): Name(plan.label, reverse("plans:plan_detail", args=[plan.code]))
        for plan in Plan.objects.filter(pk__in=keys)
    }


def _tasks(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Nhiệm vụ {code}", reverse("plans:plan_detail", args=[plan]))
        for pk, code, plan in Task.objects.filter(pk__in=keys).values_list("pk", "code", "plan__code")
    }


def _closes(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{name}, lần chốt {number}", reverse("plans:close_detail", args=[plan, code, number]))
        for pk, name, number, plan, code in PeriodClose.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "number", "plan__code", "period__code"
        )
    }


def _reopenings(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{name}, mở lại sau lần chốt {number}", reverse("plans:period_list", args=[plan]))
        for pk, name, number, plan in PeriodReopening.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "close__number", "period__plan__code"
        )
    }


def _memberships(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Vai trò {Role(role).label} của {who} tại {agency}")
        for pk, role, who, agency in Membership.objects.filter(pk__in=keys).values_list(
            "pk", "role", "user__full_name", "agency__name"
        )
    }


def _designations(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{agency}: {Designation.Role(role).label}")
        for pk, agency, role in Designation.objects.filter(pk__in=keys).values_list("pk", "agency__name", "role")
    }


def _runs(keys: list[str]) -> dict[str, Name]:
    return {
        str(run.pk): Name(f"{run.get_code_display()}, năm {run.year}", reverse("reports:run_detail", args=[run.pk]))
        for run in ReportRun.objects.filter(pk__in=keys)
    }


# Model → how its rows are called, in one query for all of them.
NAMERS: dict[str, Callable[[list[str]], dict[str, Name]]] = {
    "plans.progress": _progress,
    "plans.assignment": _assignments,
    "plans.plan": _plans,
    "plans.task": _tasks,
    "plans.periodclose": _closes,
    "plans.periodreopening": _reopenings,
    "agencies.membership": _memberships,
    "agencies.designation": _designations,
    "reports.reportrun": _runs,
}


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def type_label(label: str) -> str:
    """Return what kind of row a label means."""
    model = _model(label)
    return str(model._meta.verbose_name) if model else label


def names(subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Name]:
    """Return rows (label, pk) → what they are called, in one query for each kind."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for label, pk in subjects:
        by_label[label].add(pk)
    found: dict[tuple[str, str], Name] = {}
    for label, keys in by_label.items():
        known = NAMERS[label](sorted(keys)) if label in NAMERS else {}
        for pk in keys:
            found[label, pk] = known.get(pk, Name(f"{type_label(label).capitalize()} số {pk}"))
    return found


# Before and after


@dataclass(frozen=True)
class Change:
    """One value that differs."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Shown:
    """A document that the row showed after the event."""

    sha256: str
    verdict: str


def _column(label: str, key: str) -> "models.Field[Any, Any] | None":
    """Return the column that a value of a snapshot is read from."""
    model: type[models.Model] | None = _model(label)
    if key.startswith("content."):
        model, key = ProgressVersion, key.partition(".")[2]
    if model is None:
        return None
    try:
        column = model._meta.get_field(key)
    except FieldDoesNotExist:
        return None
    return column if isinstance(column, models.Field) else None


def _label(label: str, key: str) -> str:
    column = _column(label, key)
    own = str(column.verbose_name) if column is not None and "." not in key else ""
    if column is not None and (own != column.name.replace("_", " ") or key.startswith("content.")):
        return str(column.verbose_name)
    return VALUE_LABELS.get(key.rpartition(".")[2], key)


def _text(label: str, key: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return EMPTY
    if isinstance(value, bool):
        return "có" if value else "không"
    column = _column(label, key)
    if key == "role" and value in Role.values:
        return str(Role(value).label)
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DecimalField):
        try:
            return format_decimal(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    if isinstance(value, str) and (isinstance(column, models.DateField) or key in ("from", "to", "on")):
        try:
            return (
                format_day(date.fromisoformat(value))
                if len(value) == 10
                else calendar.moment(datetime.fromisoformat(value))
            )
        except ValueError:
            return value
    if isinstance(value, list):
        return "; ".join(_text(label, "", one) for one in value)
    if isinstance(value, dict):
        if "sha256" in value:
            return f"{value['sha256']} ({_verdict(value.get('verdict', ''))})"
        return ", ".join(f"{_label(label, name)}: {_text(label, name, one)}" for name, one in value.items())
    return str(value)


def _verdict(code: str) -> str:
    return str(dict(Verdict.choices).get(code, code))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def changes(event: Event) -> tuple[Change, ...]:
    """Return what differs between before and after, in the order in which the row tells it."""
    before, after = dict(_flat(event.before)), dict(_flat(event.after))
    found = []
    for key in {**after, **before}:
        if key in before and key in after and before[key] == after[key]:
            continue
        was = _text(event.subject_type, key, before[key]) if key in before else ""
        now = _text(event.subject_type, key, after[key]) if key in after else ""
        if not was and now == EMPTY:
            continue
        found.append(Change(_label(event.subject_type, key), was, now))
    return tuple(found)


def shown_evidence(event: Event) -> tuple[Shown, ...]:
    """Return the documents that the row showed after the event."""
    return tuple(
        Shown(str(one["sha256"]), _verdict(one.get("verdict", "")))
        for one in event.after.get("evidence") or ()
        if isinstance(one, dict) and "sha256" in one
    )


# Rows of the pages


@dataclass(frozen=True)
class EventRow:
    """One event of the list."""

    sequence: int
    time: str
    iso: str
    who: str
    username: str
    action: str
    code: str
    what: Name
    kind: str
    url: str
    reason: str
    request: str
    digest: str
    exception: bool


def is_exception(action: str) -> bool:
    """Tell whether an action departs from a plan's dates."""
    return any(word in action for word in EXCEPTION_WORDS)


def event_rows(page: "QuerySet[Event, Event]") -> tuple[EventRow, ...]:
    """Return the lines of a page (a sliced queryset): one query, and one for each kind of row on it."""
    found = list(page.select_related("actor").defer("before", "after", "seals"))
    called = names((event.subject_type, event.subject_id) for event in found)
    return tuple(
        EventRow(
            sequence=event.sequence,
            time=calendar.moment(event.happened_at),
            iso=calendar.iso(event.happened_at),
            who=str(event.actor) if event.actor else "Hệ thống",
            username=event.actor.username if event.actor else "",
            action=action_label(event.action),
            code=event.action,
            what=called[event.subject_type, event.subject_id],
            kind=type_label(event.subject_type),
            url=reverse("trail_object", args=[event.subject_type, event.subject_id]),
            reason=event.reason,
            request=event.request_id,
            digest=event.digest,
            exception=is_exception(event.action),
        )
        for event in found
    )


@dataclass(frozen=True)
class HistoryRow:
    """One event of a row's history, whole."""

    sequence: int
    time: str
    recorded: str
    who: str
    username: str
    action: str
    code: str
    reason: str
    changes: tuple[Change, ...]
    evidence: tuple[Shown, ...]
    sealed: int
    request: str
    previous: str
    digest: str
    whole: bool


@dataclass(frozen=True)
class History:
    """A row with everything that happened to it, oldest first."""

    what: Name
    kind: str
    state: Badge
    rows: tuple[HistoryRow, ...]


def _now(latest: Event) -> Badge:
    """Return whether the row, and what hangs on it, is still as its latest event sealed it."""
    model = _model(latest.subject_type)
    if model is None or not latest.seals:
        return Badge("")
    subject = model._base_manager.filter(pk=latest.subject_id).first()
    sealed = {name: sha for part in latest.seals.values() for name, sha in part.items()}
    if subject is None:
        return Badge("Dữ liệu hiện tại không còn dòng này", "over")
    now = {name: sha for part in seals.seals_of(subject).values() for name, sha in part.items()}
    broken = [name for name, sha in sealed.items() if name in now and now[name] != sha]
    if broken:
        return Badge(
            f"{len(broken)}/{len(sealed)} dòng không còn khớp niêm phong: {', '.join(sorted(broken)[:5])}", "over"
        )
    return Badge(f"Hiện trạng khớp niêm phong của sự kiện số {latest.sequence} ({len(sealed)} dòng)", "ok")


def history(user: User, label: str, pk: str) -> History | None:
    """Return a row's whole history, or None when no event of it is the user's to read."""
    found = list(
        Event.objects.visible_to(user)
        .filter(subject_type=label, subject_id=pk)
        .select_related("actor")
        .order_by("province_id", "sequence")
    )
    if not found:
        return None
    return History(
        what=names([(label, pk)])[label, pk],
        kind=type_label(label),
        state=_now(found[-1]),
        rows=tuple(
            HistoryRow(
                sequence=event.sequence,
                time=calendar.moment(event.happened_at),
                recorded=calendar.moment(event.recorded_at),
                who=str(event.actor) if event.actor else "Hệ thống",
                username=event.actor.username if event.actor else "",
                action=action_label(event.action),
                code=event.action,
                reason=event.reason,
                changes=changes(event),
                evidence=shown_evidence(event),
                sealed=sum(len(part) for part in event.seals.values()),
                request=event.request_id,
                previous=event.previous_digest,
                digest=event.digest,
                whole=event.digest == event.compute_digest(),
            )
            for event in found
        ),
    )


# The export


def exported(event: Event) -> dict[str, Any]:
    """Return an event for a program: ``content`` is what its digest is taken over (``Event.compute_digest``)."""
    return {
        "content": event.content(),
        "actor": {"username": event.actor.username, "name": event.actor.full_name} if event.actor else None,
        "action_label": action_label(event.action),
        "digest": event.digest,
    }


def heads(user: User) -> list[dict[str, Any]]:
    """Return where the chains of the user's provinces end now."""
    return [
        {"province": head.province.code, "sequence": head.sequence, "digest": head.digest}
        for head in TrailHead.objects.filter(province_id__in=user.provinces_with(Permission.TRAIL_READ))
        .select_related("province")
        .order_by("province__code")
    ]


def type_choices() -> list[tuple[str, str]]:
    """Return the kinds of rows that events are about, by name."""
    directory = ("agencies.agency", "agencies.agencygroup", "agencies.province", "agencies.user")
    return sorted(((label, type_label(label).capitalize()) for label in (*NAMERS, *directory)), key=lambda one: one[1])
