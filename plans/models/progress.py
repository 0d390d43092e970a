"""Reporting periods, progress, its versions, decisions and evidence."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from agencies import calendar
from agencies.models import AbstractEvidenceLink, Agency, Province, User
from agencies.permissions import Permission
from plans.models.plan import Plan
from plans.models.task import Assignment

# Who worked on a version of a report, whatever became of their roles since.
AUTHORS = ("created_by", "submitted_by", "forwarded_by", "approved_by")


class ReportingPeriodQuerySet(models.QuerySet["ReportingPeriod"]):
    """Phrases that complete "periods …"."""

    def known_on(self, day: date) -> Self:
        """… that the portal knew before a day ended (decision 11)."""
        return self.filter(Q(known_from__isnull=True) | Q(known_from__lt=calendar.end_of(day)))


class ReportingPeriod(models.Model):
    """A period of a plan. Cut-off, due date, opening and closing are different dates (domain rule 5).

    ``known_from``: when it was added to a plan that had been issued; null: it belongs to the plan's first text.
    National presets follow công văn 581/BNV-CCHC (quý III 15/6→14/9, năm 15/12→14/12, sent by the 20th).
    """

    class Kind(models.TextChoices):
        """Which period of the national calendar it is."""

        QUARTER_1 = "quarter_1", "quý I"
        HALF = "half", "6 tháng"
        QUARTER_3 = "quarter_3", "quý III"
        NINE_MONTHS = "nine_months", "9 tháng"
        YEAR = "year", "năm"
        OWN = "own", "riêng của kế hoạch"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="periods")
    code = models.CharField("mã", max_length=20)
    kind = models.CharField("loại", max_length=15, choices=Kind)
    name = models.CharField("tên", max_length=100)
    year = models.PositiveIntegerField("năm")
    starts_on = models.DateField("từ ngày")
    cut_off = models.DateField("ngày chốt số liệu")
    opens_on = models.DateField("mở nhận báo cáo")
    due_on = models.DateField("hạn nộp")
    closes_on = models.DateField("đóng nhận báo cáo", null=True, blank=True)
    known_from = models.DateTimeField("thêm vào kế hoạch đã ban hành lúc", null=True, blank=True)

    objects = ReportingPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "kỳ báo cáo"
        verbose_name_plural = "kỳ báo cáo"
        ordering = ("plan", "cut_off")
        constraints = [
            models.UniqueConstraint(fields=("plan", "code"), name="plans_reportingperiod_code_once"),
            models.CheckConstraint(
                name="plans_reportingperiod_dates_in_order",
                condition=Q(cut_off__gte=F("starts_on"))
                & Q(due_on__gte=F("opens_on"))
                & (Q(closes_on__isnull=True) | Q(closes_on__gte=F("opens_on"))),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProgressQuerySet(models.QuerySet["Progress"]):
    """Phrases that complete "progress …"."""

    def visible_to(self, user: User) -> Self:
        """… of assignments whose progress the user may read (of those taken over: what was handed in)."""
        own = user.agencies_with(Permission.PROGRESS_READ)
        return self.filter(
            Q(assignment__agency_id__in=own)
            | Q(assignment__in=Assignment.objects.handed_to(own), first_submitted_at__isnull=False)
            | Q(province_id__in=user.provinces_with(Permission.PROGRESS_READ))
        )

    def writable_by(self, user: User) -> Self:
        """… that the user may write for the own agency."""
        return self.filter(assignment__agency_id__in=user.agencies_with(Permission.PROGRESS_WRITE))

    def decidable_by(self, user: User, on: date) -> Self:
        """… that the user may decide on a day (domain rule 6: ``Agency.objects.reviewed_by``, and not own work)."""
        return self.filter(~self.own_work(user), assignment__agency__in=Agency.objects.reviewed_by(user, on))

    @staticmethod
    def own_work(user: User) -> Q:
        """Return the condition "the user wrote, forwarded, approved or handed in a version of it"."""
        mine = Q(*((name, user) for name in AUTHORS), _connector=Q.OR)
        return Q(Exists(ProgressVersion.objects.filter(mine, progress=OuterRef("pk"))))

    def approvable_by(self, user: User, on: date) -> Self:
        """… that wait for the head, and that the user may let leave on a day (as head, or by delegation)."""
        return self.filter(state=Progress.State.WITH_HEAD, assignment__agency_id__in=user.approves_for(on))

    def unanswered(self) -> Self:
        """… whose obstacles and proposals, as last handed in, have no answer yet."""
        last = (
            ProgressVersion.objects.filter(progress=OuterRef("pk"), submitted_at__isnull=False)
            .exclude(decision__verb__in=(Decision.Verb.WITHDRAW, Decision.Verb.REPLACE))
            .order_by("-number")
        )
        answered = Remark.objects.filter(
            kind=Remark.Kind.ANSWER,
            version__progress=OuterRef("pk"),
            version__obstacles=OuterRef("said_obstacles"),
            version__proposals=OuterRef("said_proposals"),
        )
        return (
            self.annotate(
                said_obstacles=Subquery(last.values("obstacles")[:1]),
                said_proposals=Subquery(last.values("proposals")[:1]),
            )
            .filter(Q(said_obstacles__gt="") | Q(said_proposals__gt=""))
            .filter(~Exists(answered))
        )


class Progress(models.Model):
    """An agency's report on one assignment for one period. Its content stands in versions.

    ``revision`` grows with every change: it is the ETag of the API and the guard of every form. ``accepted``
    is the version that counts; it is replaced only when a correction of it is accepted. ``first_submitted_at`` is
    the first submission that was not withdrawn before anybody looked at it.
    """

    class State(models.TextChoices):
        """Where the report stands (``plans.policies`` has the steps between)."""

        DRAFT = "draft", "nháp"
        WITH_HEAD = "with_head", "chờ thủ trưởng"
        SUBMITTED = "submitted", "chờ duyệt"
        RETURNED = "returned", "trả lại"
        ACCEPTED = "accepted", "đã duyệt"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="progress")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="progress")
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    latest = models.ForeignKey("ProgressVersion", models.PROTECT, null=True, blank=True, related_name="+")
    accepted = models.ForeignKey("ProgressVersion", models.PROTECT, null=True, blank=True, related_name="+")
    first_submitted_at = models.DateTimeField("nộp lần đầu", null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = "báo cáo tiến độ"
        verbose_name_plural = "báo cáo tiến độ"
        ordering = ("assignment", "period__cut_off")
        constraints = [
            models.UniqueConstraint(fields=("assignment", "period"), name="plans_progress_one_per_period"),
            models.CheckConstraint(
                name="plans_progress_sent_has_time",
                condition=Q(state__in=["draft", "with_head"]) | Q(first_submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_progress_accepted_has_version",
                condition=~Q(state="accepted") | Q(accepted__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=("province", "state"), name="plans_progress_queue")]

    def __str__(self) -> str:
        return f"{self.assignment} – {self.period}"


class ProgressVersion(models.Model):
    """What one submission says. While ``submitted_at`` is empty it is the draft; afterwards it is frozen.

    ``figure`` is in the unit of the task's quantity; ``percent`` (0–100) is what the person typed: it is shown,
    never averaged (domain rule 11). ``done_on`` is the day the work was finished, not after the submission.
    ``forwarded_*`` is the officer who put it before the head, ``approved_*`` the person who let it leave (story 9);
    ``submitted_by`` is always its author in the agency.
    """

    progress = models.ForeignKey(Progress, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("lần")
    result = models.TextField("kết quả thực hiện", blank=True)
    figure = models.DecimalField("số liệu đạt được", max_digits=18, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField("tử số", max_digits=18, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField("mẫu số", max_digits=18, decimal_places=4, null=True, blank=True)
    percent = models.DecimalField("ước tiến độ (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    obstacles = models.TextField("khó khăn, vướng mắc", blank=True)
    proposals = models.TextField("kiến nghị, đề xuất", blank=True)
    done_on = models.DateField("ngày hoàn thành", null=True, blank=True)
    explanation = models.TextField("giải trình khi không có tài liệu", blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField("thời điểm nộp", null=True, blank=True)
    forwarded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    forwarded_at = models.DateTimeField("trình thủ trưởng lúc", null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField("thủ trưởng duyệt lúc", null=True, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    correction_reason = models.TextField("lý do điều chỉnh", blank=True)

    class Meta:
        verbose_name = "lần báo cáo"
        verbose_name_plural = "lần báo cáo"
        ordering = ("progress", "number")
        constraints = [
            models.UniqueConstraint(fields=("progress", "number"), name="plans_progressversion_number_once"),
            models.UniqueConstraint(
                fields=("progress",),
                condition=Q(submitted_at__isnull=True),
                name="plans_progressversion_one_draft",
            ),
            models.CheckConstraint(
                name="plans_progressversion_who_and_when",
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_progressversion_approved_by_whom",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    forwarded_by__isnull=False,
                    forwarded_at__isnull=False,
                    submitted_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="plans_progressversion_sent_has_result",
                condition=Q(submitted_at__isnull=True) | ~Q(result=""),
            ),
            models.CheckConstraint(
                name="plans_progressversion_percent_range",
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100),
            ),
            models.CheckConstraint(
                name="plans_progressversion_fraction_whole",
                condition=Q(numerator__isnull=True, denominator__isnull=True) | Q(numerator__gte=0, denominator__gt=0),
            ),
            models.CheckConstraint(
                name="plans_progressversion_correction_has_reason",
                condition=Q(corrects__isnull=True) | ~Q(correction_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.progress} #{self.number}"

    @property
    def finished_on(self) -> date | None:
        """The done date that counts: one that is not after the submission (domain § 3.11)."""
        if self.done_on is None or self.submitted_at is None:
            return None
        return self.done_on if self.done_on <= calendar.day_of(self.submitted_at) else None


class Decision(models.Model):
    """What became of one submission; appended, never changed.

    A reviewer accepts or returns it; before that its own agency may withdraw it, or replace it by one with another
    file (story 4).
    """

    class Verb(models.TextChoices):
        """The decision."""

        ACCEPT = "accept", "duyệt"
        RETURN = "return", "trả lại"
        WITHDRAW = "withdraw", "rút lại"
        REPLACE = "replace", "thay bằng bản khác"

    class Reason(models.TextChoices):
        """Why a report goes back (code beside the written reason)."""

        MISSING_EVIDENCE = "missing_evidence", "thiếu tài liệu kiểm chứng"
        WRONG_EVIDENCE = "wrong_evidence", "tài liệu không phù hợp"
        MISSING_FIGURES = "missing_figures", "thiếu hoặc sai số liệu"
        UNCLEAR = "unclear", "kết quả chưa rõ"
        WRONG_PERIOD = "wrong_period", "không đúng kỳ báo cáo"
        OTHER = "other", "lý do khác"

    version = models.OneToOneField(ProgressVersion, models.PROTECT, related_name="decision")
    verb = models.CharField("quyết định", max_length=10, choices=Verb)
    reason_code = models.CharField("mã lý do", max_length=20, choices=Reason, blank=True)
    reason = models.TextField("lý do", blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("thời điểm")

    class Meta:
        verbose_name = "quyết định duyệt"
        verbose_name_plural = "quyết định duyệt"
        constraints = [
            models.CheckConstraint(
                name="plans_decision_return_has_reason",
                condition=~Q(verb="return") | (~Q(reason="") & ~Q(reason_code="")),
            ),
            models.CheckConstraint(
                name="plans_decision_replace_has_reason", condition=~Q(verb="replace") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.version}"


def handed_in(sent: Sequence[ProgressVersion], verdicts: Mapping[int, str]) -> list[ProgressVersion]:
    """Return the submissions of a report that count as handed in.

    ``sent``: all of them, oldest first; ``verdicts``: version id → ``Decision.Verb``. A withdrawn one does not
    count, nor does one that was replaced unless the one in its place does.
    """
    found, counts = [], True
    for version in reversed(sent):
        verb = verdicts.get(version.pk)
        if verb != Decision.Verb.REPLACE:
            counts = verb != Decision.Verb.WITHDRAW
        if counts:
            found.append(version)
    return found[::-1]


def left_if_withdrawn(sent: Sequence[ProgressVersion]) -> list[ProgressVersion]:
    """Return the submissions that count once the last one is withdrawn (``sent``: all, oldest first)."""
    verdicts = {one.pk: one.decision.verb for one in sent if hasattr(one, "decision")}
    return handed_in(sent, {**verdicts, **{one.pk: Decision.Verb.WITHDRAW for one in sent[-1:]}})


class Remark(models.Model):
    """A word between agency and reviewer about one submission; appended, never changed.

    A *question* does not return the report; the agency's *reply* names it. An *answer* is what the reviewing body
    says to the obstacles and proposals sent with the report.
    """

    class Kind(models.TextChoices):
        """Who says what."""

        QUESTION = "question", "hỏi thêm"
        REPLY = "reply", "trả lời câu hỏi"
        ANSWER = "answer", "trả lời kiến nghị"

    version = models.ForeignKey(ProgressVersion, models.PROTECT, related_name="remarks")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    text = models.TextField("nội dung")
    replies_to = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reply")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "trao đổi"
        verbose_name_plural = "trao đổi"
        ordering = ("at", "id")
        constraints = [
            models.CheckConstraint(name="plans_remark_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="plans_remark_reply_names_question",
                condition=Q(kind="reply", replies_to__isnull=False) | (~Q(kind="reply") & Q(replies_to__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"


class EvidenceLinkQuerySet(models.QuerySet["EvidenceLink"]):
    """Phrases that complete "evidence links …"."""

    def visible_to(self, user: User) -> Self:
        """… of progress the user may read (drafts: the own agency only; what was taken off: auditors only)."""
        own = user.agencies_with(Permission.PROGRESS_READ)
        return self.filter(
            Q(version__progress__assignment__agency_id__in=own)
            | Q(
                version__progress__assignment__in=Assignment.objects.handed_to(own),
                version__submitted_at__isnull=False,
            )
            | Q(
                version__progress__province_id__in=user.provinces_with(Permission.PROGRESS_READ),
                version__submitted_at__isnull=False,
            )
        ).filter(Q(version__progress__province_id__in=user.provinces_with(Permission.TRAIL_READ)) | self.standing())

    @staticmethod
    def standing() -> Q:
        """Return the condition "not taken off the report" (then nor are the same document's earlier links to it)."""
        taken_off = EvidenceReplacement.objects.filter(
            link__document_id=OuterRef("document_id"),
            link__version__progress_id=OuterRef("version__progress_id"),
            link_id__gte=OuterRef("pk"),
        )
        return Q(~Exists(taken_off))


class EvidenceLink(AbstractEvidenceLink):
    """A document shown as evidence with one version of a report."""

    version = models.ForeignKey(ProgressVersion, models.PROTECT, related_name="evidence")

    objects = EvidenceLinkQuerySet.as_manager()

    class Meta(AbstractEvidenceLink.Meta):
        verbose_name = "tài liệu kiểm chứng"
        verbose_name_plural = "tài liệu kiểm chứng"
        ordering = ("version", "id")
        constraints = [
            *AbstractEvidenceLink.Meta.constraints,
            models.UniqueConstraint(fields=("version", "document"), name="plans_evidencelink_document_once"),
        ]

    def __str__(self) -> str:
        return str(self.document)


class EvidenceReplacement(models.Model):
    """A file taken off a submitted report, with its reason; the file itself stays for the auditor (story 4)."""

    link = models.OneToOneField(EvidenceLink, models.PROTECT, related_name="taken_off")
    replacement = models.ForeignKey(EvidenceLink, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField("lý do")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "thay tài liệu"
        verbose_name_plural = "thay tài liệu"
        constraints = [models.CheckConstraint(name="plans_evidencereplacement_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.link} ({self.reason[:60]})"


class PlanRollup(models.Model):
    """The counts of a plan as the Celery job last computed them, whole, by agency and by section.

    ``counts`` of ``kind`` "task" or "assignment" in the eight keys of domain § 3.11 as columns. Serves the
    dashboard; derived only, replaced whole at each computation.
    """

    class Scope(models.TextChoices):
        """What the row counts."""

        PLAN_TASKS = "plan_tasks", "toàn kế hoạch (nhiệm vụ)"
        PLAN_ASSIGNMENTS = "plan_assignments", "toàn kế hoạch (phân công)"
        PROPOSED = "proposed", "đề nghị phối hợp (phân công)"
        SECTION = "section", "mục (nhiệm vụ)"
        AGENCY = "agency", "cơ quan (phân công)"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="rollups")
    scope = models.CharField(max_length=20, choices=Scope)
    section = models.ForeignKey("plans.Section", models.CASCADE, null=True, blank=True, related_name="+")
    agency = models.ForeignKey(Agency, models.CASCADE, null=True, blank=True, related_name="+")
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    done_on_time = models.PositiveIntegerField(default=0)
    done_late = models.PositiveIntegerField(default=0)
    done_no_deadline = models.PositiveIntegerField(default=0)
    open_within = models.PositiveIntegerField(default=0)
    open_overdue = models.PositiveIntegerField(default=0)
    open_no_deadline = models.PositiveIntegerField(default=0)
    suspended = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    not_updated = models.PositiveIntegerField(default=0)
    awaiting_review = models.PositiveIntegerField(default=0)
    oldest_overdue_days = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "số tổng hợp"
        verbose_name_plural = "số tổng hợp"
        constraints = [
            models.UniqueConstraint(
                fields=("plan", "scope"),
                condition=Q(section__isnull=True, agency__isnull=True),
                name="plans_planrollup_one_per_plan",
            ),
            models.UniqueConstraint(
                fields=("plan", "section"),
                condition=Q(section__isnull=False),
                name="plans_planrollup_one_per_section",
            ),
            models.UniqueConstraint(
                fields=("plan", "agency"),
                condition=Q(agency__isnull=False),
                name="plans_planrollup_one_per_agency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.scope}"
