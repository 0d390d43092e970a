"""The points-at-risk ledger of a score sheet: what is not yet proved, who answers for it, how long there is.

Definitions (see also ``sheet_scores`` and ``serving``):

* The ledger lists the base components of the sheet that apply, in the sheet's latest layer. A bonus is nothing to lose,
  a penalty nothing to prove.
* *Evidenced* = the score, when at least one document of the component was accepted, or when the framework asks for none
  or measures it by a survey (then the score itself is the proof).
* *Pending* = the score, when documents wait to be looked at and none was accepted. *Unproved* = the score, when there
  is no document that could still be accepted: only an explanation, or every document was rejected, or nothing.
* *Recoverable* = applicable maximum − evidenced; of it pending needs a verdict only. A component without a score has
  nothing evidenced: all of it is recoverable, and it is counted as not scored, which is not 0. So is, for a reader to
  whom the unit has not sent its scores yet, every component of it.
* *Days left*: to the sheet's date for the stage it is in (self-score, explanation), counted from today; without a date
  where the unit can no longer write. Beside it the earliest day of the open tasks that serve the component.
* *Owner*: who answers for the component (``sheet_scores``). Totals by agency put each component once.
* The order: points recoverable, the most first; then days left, the fewest first; then the framework's order.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agencies.models import User
from agencies.tables import Table
from agencies.text import format_day, format_decimal
from indicators.models import Component, ScoreSheet
from reports.facts.serving import ServingTask, plans_of, serving, tree_of
from reports.facts.sheet_scores import EntryScore, label_of, latest_scores

ZERO = Decimal(0)
S = ScoreSheet.State
# In which states the unit still writes, by which of its dates.
_WRITES = {S.DRAFT: "self_due_on", S.APPRAISED: "explanation_due_on"}


@dataclass(frozen=True)
class RiskRow:
    """One component. ``days_left`` is negative when the day has passed; None: the unit writes no more."""

    entry_id: int
    component_id: int
    code: str
    name: str
    max_score: Decimal
    score: Decimal | None
    sent: bool
    evidenced: Decimal
    pending: Decimal
    unproved: Decimal
    recoverable: Decimal
    proof: str
    owner_id: int | None
    owner: str
    days_left: int | None
    tasks: tuple[ServingTask, ...]
    task_due: date | None
    width: str
    pending_width: str

    @property
    def max_text(self) -> str:
        """The maximum, as printed."""
        return format_decimal(self.max_score, 2)

    @property
    def score_text(self) -> str:
        """The score, as printed; blank, and not sent yet, are not 0."""
        if self.score is not None:
            return format_decimal(self.score, 2)
        return "Chưa chấm" if self.sent else "Chưa gửi"

    @property
    def evidenced_text(self) -> str:
        """What is proved, as printed."""
        return format_decimal(self.evidenced, 2)

    @property
    def pending_text(self) -> str:
        """What waits for a verdict, as printed."""
        return format_decimal(self.pending, 2) if self.pending else ""

    @property
    def recoverable_text(self) -> str:
        """What can still be won, as printed."""
        return format_decimal(self.recoverable, 2)

    @property
    def formula(self) -> str:
        """How it comes about."""
        return f"{self.max_text} − {self.evidenced_text}"

    @property
    def left(self) -> str:
        """The days left, as printed."""
        if self.days_left is None:
            return "đã khóa"
        if self.days_left < 0:
            return f"quá {-self.days_left} ngày"
        return f"còn {self.days_left} ngày" if self.days_left else "hôm nay"

    @property
    def task_due_text(self) -> str:
        """The earliest day of its open tasks, as printed."""
        return format_day(self.task_due)


@dataclass(frozen=True)
class RiskSum:
    """What one agency can still win."""

    owner: str
    components: int
    recoverable: Decimal
    pending: Decimal
    unscored: int
    width: str

    @property
    def recoverable_text(self) -> str:
        """The points, as printed."""
        return format_decimal(self.recoverable, 2)

    @property
    def pending_text(self) -> str:
        """What waits for a verdict, as printed."""
        return format_decimal(self.pending, 2)


@dataclass(frozen=True)
class RiskFacts:
    """The ledger of a sheet on a day."""

    sheet_id: int
    title: str
    framework: str
    sample: bool
    as_of: date
    state: str
    stage: str
    due: str
    rows: tuple[RiskRow, ...]
    by_owner: tuple[RiskSum, ...]
    most: Decimal
    evidenced: Decimal
    pending: Decimal
    unproved: Decimal
    recoverable: Decimal
    unscored: int
    excused: int

    @property
    def recoverable_text(self) -> str:
        """All that can still be won, as printed."""
        return format_decimal(self.recoverable, 2)

    @property
    def evidenced_text(self) -> str:
        """All that is proved, as printed."""
        return format_decimal(self.evidenced, 2)

    @property
    def most_text(self) -> str:
        """All that applies, as printed."""
        return format_decimal(self.most, 2)

    @property
    def pending_text(self) -> str:
        """All that waits for a verdict, as printed."""
        return format_decimal(self.pending, 2)

    @property
    def unproved_text(self) -> str:
        """All that has a score and no document, as printed."""
        return format_decimal(self.unproved, 2)

    @property
    def formula(self) -> str:
        """How the whole comes about."""
        return (
            f"{format_decimal(self.most, 2)} điểm tối đa được áp dụng − {format_decimal(self.evidenced, 2)} điểm đã có "
            "minh chứng được chấp nhận"
        )


def proof_of(entry: EntryScore) -> tuple[Decimal, Decimal, Decimal, str]:
    """Return how a component's score is proved: evidenced, pending, unproved points, and that in words."""
    score = entry.score
    if score is None:
        return ZERO, ZERO, ZERO, "chưa có điểm" if entry.sent else "đơn vị chưa gửi"
    if entry.not_applicable:
        return score, ZERO, ZERO, "không phát sinh, được điểm tối đa"
    if entry.surveyed:
        return score, ZERO, ZERO, "theo kết quả khảo sát"
    if not entry.component.evidence and not (entry.accepted or entry.pending or entry.rejected):
        return score, ZERO, ZERO, "không yêu cầu tài liệu"
    if entry.accepted:
        return score, ZERO, ZERO, f"{entry.accepted} tài liệu được chấp nhận"
    if entry.pending:
        return ZERO, score, ZERO, f"{entry.pending} tài liệu chờ xem xét"
    if entry.rejected:
        return ZERO, ZERO, score, f"{entry.rejected} tài liệu bị từ chối"
    return ZERO, ZERO, score, "chỉ có giải trình" if entry.explained else "chưa có tài liệu"


def risk(sheet: ScoreSheet, user: User, on: date) -> RiskFacts:
    """Return the ledger of a sheet (framework, index, agency, province selected), in a fixed number of queries."""
    scores = latest_scores(sheet, user, on)
    tree = tree_of(sheet.framework)
    found = serving(plans_of(sheet.province_id, sheet.year, user), user, on)
    name = _WRITES.get(S(sheet.state))
    due: date | None = getattr(sheet, name) if name else None
    days_left = (due - on).days if due else None
    counted = [one for one in scores.entries if one.side == Component.Kind.BASE and one.max_score is not None]
    listed = [one for one in counted if one.max_score]
    widest = max((one.max_score for one in listed if one.max_score is not None), default=ZERO) or Decimal(1)
    rows = []
    for one in listed:
        most = one.max_score or ZERO
        evidenced, pending, unproved, proof = proof_of(one)
        tasks = found.of(tree.same(one.component) | tree.through(one.component), agency_id=sheet.agency_id)
        rows.append(
            RiskRow(
                entry_id=one.entry_id,
                component_id=one.component.pk,
                code=one.component.code,
                name=one.component.name,
                max_score=most,
                score=one.score,
                sent=one.sent,
                evidenced=evidenced,
                pending=pending,
                unproved=unproved,
                recoverable=most - evidenced,
                proof=proof,
                owner_id=one.owner_id,
                owner=one.owner,
                days_left=days_left,
                tasks=tasks,
                task_due=min((task.due_on for task in tasks if task.open and task.due_on), default=None),
                width=str(round((most - evidenced) / widest * 100, 2)),
                pending_width=str(round(pending / widest * 100, 2)),
            )
        )
    rows.sort(key=lambda row: (-row.recoverable, row.task_due or date.max))
    return RiskFacts(
        sheet_id=sheet.pk,
        title=label_of(sheet),
        framework=sheet.framework.version,
        sample=sheet.framework.is_sample,
        as_of=on,
        state=sheet.get_state_display(),
        stage=scores.stage_label,
        due=format_day(due),
        rows=tuple(rows),
        by_owner=_by_owner(rows),
        most=sum((row.max_score for row in rows), ZERO),
        evidenced=sum((row.evidenced for row in rows), ZERO),
        pending=sum((row.pending for row in rows), ZERO),
        unproved=sum((row.unproved for row in rows), ZERO),
        recoverable=sum((row.recoverable for row in rows), ZERO),
        unscored=sum(row.score is None for row in rows),
        excused=len(counted) - len(listed),
    )


def _by_owner(rows: list[RiskRow]) -> tuple[RiskSum, ...]:
    by_owner: dict[str, list[RiskRow]] = defaultdict(list)
    for row in rows:
        by_owner[row.owner].append(row)
    sums = {owner: sum((row.recoverable for row in some), ZERO) for owner, some in by_owner.items()}
    widest = max(sums.values(), default=ZERO) or Decimal(1)
    return tuple(
        RiskSum(
            owner=owner,
            components=len(by_owner[owner]),
            recoverable=points,
            pending=sum((row.pending for row in by_owner[owner]), ZERO),
            unscored=sum(row.score is None for row in by_owner[owner]),
            width=str(round(points / widest * 100, 2)),
        )
        for owner, points in sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    )


def risk_tables(facts: RiskFacts) -> tuple[Table, ...]:
    """Return the ledger as sheets of a workbook."""
    head = (
        f"Điểm có nguy cơ mất: {facts.title}, {facts.framework}, ngày {format_day(facts.as_of)} ({facts.state})",
        f"Còn lấy được {facts.recoverable_text} điểm = {facts.formula}; trong đó {facts.pending_text} điểm chờ xem xét "
        f"tài liệu; {facts.unscored} thành phần chưa có điểm.",
    )
    ledger = Table(
        "Sổ điểm",
        (
            "Mã", "Thành phần", "Điểm tối đa", "Điểm hiện tại", "Đã có minh chứng", "Chờ xem xét", "Chưa có minh chứng",
            "Còn lấy được", "Minh chứng", "Cơ quan", "Số ngày còn lại", "Nhiệm vụ", "Thời hạn nhiệm vụ",
        ),
        [
            (
                row.code, row.name, row.max_score, row.score, row.evidenced, row.pending, row.unproved,
                row.recoverable, row.proof, row.owner, row.days_left,
                "; ".join(f"{task.plan_label}: {task.code}" for task in row.tasks), row.task_due,
            )
            for row in facts.rows
        ],
        (10, 50, 10, 10, 12, 12, 12, 12, 28, 36, 10, 44, 14),
        head,
    )  # fmt: skip
    owners = Table(
        "Theo cơ quan",
        ("Cơ quan", "Số thành phần", "Còn lấy được", "Chờ xem xét", "Chưa chấm"),
        [(one.owner, one.components, one.recoverable, one.pending, one.unscored) for one in facts.by_owner],
        (50, 14, 14, 14, 14),
        head,
    )
    return ledger, owners
