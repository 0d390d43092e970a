"""Lost points: where they were lost, who answers for it, which plan works on it.

Definitions (see also ``sheet_scores`` and ``serving``):

* *Lost* of a component = its applicable maximum − its score in the final layer (published, else of the second
  appraisal), or in the published results. A blank score has lost nothing that is known: it is listed as such and
  not counted.
* A bonus that was not earned is no loss. A penalty's loss is what it took off.
* *By agency*: the sum over the components that an agency answers for. Each component is in exactly one agency's.
* *By plan*: the sum over the components that tasks of the plan serve, by themselves or through a domain. Two plans may
  serve one component, so these sums overlap; what no plan serves stands apart.
* From *published results* a component counts where its maximum is known; who leads the plan's tasks for it is named
  instead of an owner. Of several sources the most trusted counts (published, derived, data set).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agencies.models import Province, User
from agencies.tables import Table
from agencies.text import format_decimal
from indicators.models import Component, Index, Result, ScoreSheet
from indicators.shares import Share
from reports.facts.serving import Serving, ServingTask, Tree, plans_of, serving, tree_of
from reports.facts.sheet_scores import EntryScore, final_scores, label_of

ZERO = Decimal(0)
NOBODY = "Chưa giao cơ quan nào"
_TRUST = {Result.SourceKind.PUBLISHED: 0, Result.SourceKind.DERIVED: 1, Result.SourceKind.DATASET: 2}


@dataclass(frozen=True)
class LossRow:
    """One component. ``lost`` is None where its score or its maximum is blank."""

    code: str
    name: str
    side: str
    score: Decimal | None
    max_score: Decimal | None
    lost: Decimal | None
    not_applicable: bool
    owner: str
    tasks: tuple[ServingTask, ...]
    source: str

    @property
    def score_text(self) -> str:
        """The score, as printed: blank, not applicable and 0 are three things."""
        if self.not_applicable and self.score is None:
            return "Không phát sinh"
        return "Chưa có điểm" if self.score is None else format_decimal(self.score, 2)

    @property
    def max_text(self) -> str:
        """The maximum, as printed."""
        return format_decimal(self.max_score)

    @property
    def lost_text(self) -> str:
        """What was lost, as printed."""
        return "–" if self.lost is None else format_decimal(self.lost, 2)

    @property
    def reached(self) -> Decimal | None:
        """The percentage of the maximum that was reached."""
        if self.score is None or not self.max_score or self.side == Component.Kind.PENALTY:
            return None
        return Share(int(self.score * 10_000), int(self.max_score * 10_000)).percent


@dataclass(frozen=True)
class LossSum:
    """The loss of an agency or a plan: points of so many components."""

    name: str
    lost: Decimal
    components: int
    share: str
    width: str

    @property
    def lost_text(self) -> str:
        """The points, as printed."""
        return format_decimal(self.lost, 2)


@dataclass(frozen=True)
class LossFacts:
    """The loss of one sheet, or of one index and year as published."""

    title: str
    basis: str
    year: int
    rows: tuple[LossRow, ...]
    by_owner: tuple[LossSum, ...]
    by_plan: tuple[LossSum, ...]
    lost: Decimal
    most: Decimal
    blank: int

    @property
    def lost_text(self) -> str:
        """The whole loss, as printed."""
        return format_decimal(self.lost, 2)

    @property
    def formula(self) -> str:
        """How the whole loss comes about."""
        counted = sum(row.lost is not None for row in self.rows)
        said = f"Tổng điểm mất của {counted} thành phần có điểm; điểm tối đa được áp dụng {format_decimal(self.most)}"
        return f"{said}; {self.blank} thành phần chưa có điểm không tính" if self.blank else said


def _sums(pairs: Iterable[tuple[str, Decimal]], whole: Decimal) -> tuple[LossSum, ...]:
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for name, lost in pairs:
        sums[name].append(lost)
    rows = [
        LossSum(
            name,
            sum(some, ZERO),
            len(some),
            f"{format_decimal(sum(some, ZERO), 2)}/{format_decimal(whole, 2)}",
            str(min(Decimal(100), round(sum(some, ZERO) / whole * 100, 2))) if whole else "0",
        )
        for name, some in sums.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.lost, row.name)))


def _facts(title: str, basis: str, year: int, rows: list[LossRow]) -> LossFacts:
    known = [row for row in rows if row.lost is not None]
    lost = sum((row.lost for row in known if row.lost is not None), ZERO)
    ordered = sorted(rows, key=lambda row: (row.lost is None, -(row.lost or ZERO)))
    return LossFacts(
        title=title,
        basis=basis,
        year=year,
        rows=tuple(ordered),
        by_owner=_sums(((row.owner, row.lost) for row in known if row.lost is not None), lost),
        by_plan=_sums(
            (
                (plan, row.lost)
                for row in known
                if row.lost is not None
                for plan in (dict.fromkeys(task.plan_label for task in row.tasks) or ("Không kế hoạch nào phục vụ",))
            ),
            lost,
        ),
        lost=lost,
        most=sum((row.max_score or ZERO for row in known if row.side == Component.Kind.BASE), ZERO),
        blank=sum(row.lost is None for row in rows),
    )


def lost_of(entry: EntryScore) -> Decimal | None:
    """Return the points a component lost; None where that is not known."""
    if entry.side == Component.Kind.PENALTY:
        return entry.score
    if entry.not_applicable and entry.score is None:
        return ZERO
    if entry.score is None or entry.max_score is None:
        return None
    return entry.max_score - entry.score


def _served(tree: Tree, found: Serving, agency_id: int | None = None) -> Callable[[Component], tuple[ServingTask, ...]]:
    return lambda component: found.of(tree.same(component) | tree.through(component), agency_id=agency_id)


def sheet_loss(sheet: ScoreSheet, user: User, on: date) -> LossFacts | None:
    """Return the loss of a sheet that was appraised to the end; None before that."""
    scores = final_scores(sheet, on)
    if scores is None:
        return None
    tree = tree_of(sheet.framework)
    tasks = _served(tree, serving(plans_of(sheet.province_id, sheet.year, user), user, on), sheet.agency_id)
    rows = [
        LossRow(
            code=one.component.code,
            name=one.component.name,
            side=one.side,
            score=one.score,
            max_score=one.max_score,
            lost=lost_of(one),
            not_applicable=one.not_applicable,
            owner=one.owner,
            tasks=tasks(one.component),
            source=scores.stage_label,
        )
        for one in scores.entries
        if one.side != Component.Kind.BONUS
    ]
    return _facts(label_of(sheet), f"Điểm {scores.stage_label}", sheet.year, rows)


def results_of(province: Province, index: Index, year: int) -> dict[int, Result]:
    """Return component → its most trusted published value in a year, in one query."""
    found: dict[int, Result] = {}
    for row in sorted(
        Result.objects.filter(
            province=province, index=index, year=year, component__isnull=False, value__isnull=False
        ).select_related("component"),
        key=lambda row: (_TRUST[Result.SourceKind(row.source_kind)], row.pk),
    ):
        if row.component_id is not None:
            found.setdefault(row.component_id, row)
    return found


def published_loss(province: Province, index: Index, year: int, user: User, on: date) -> LossFacts | None:
    """Return the loss by the published results of a province; None where no component has a value and a maximum."""
    results = [row for row in results_of(province, index, year).values() if row.component and row.component.max_score]
    if not results:
        return None
    framework = max((row.component.framework for row in results if row.component), key=lambda one: one.year_from)
    tree = tree_of(framework)
    tasks = _served(tree, serving(plans_of(province.pk, year, user), user, on))
    rows = []
    for row in results:
        component = row.component
        if component is None or component.framework_id != framework.pk or row.value is None:
            continue
        if component.max_score is None:
            continue
        serve = tasks(component)
        rows.append(
            LossRow(
                code=component.code,
                name=component.name,
                side=component.kind,
                score=row.value,
                max_score=component.max_score,
                lost=component.max_score - row.value,
                not_applicable=False,
                owner="; ".join(dict.fromkeys(owner.name for task in serve for owner in task.owners)) or NOBODY,
                tasks=serve,
                source=f"{row.source} ({row.get_source_kind_display()})",
            )
        )
    return _facts(f"{index.short_name} {year}, {province}", "Kết quả công bố", year, rows)


def loss_tables(facts: LossFacts) -> tuple[Table, ...]:
    """Return the loss as sheets of a workbook."""
    head = (f"{facts.title}: mất {facts.lost_text} điểm. {facts.basis}.", facts.formula)
    rows = Table(
        "Thành phần",
        ("Mã", "Thành phần", "Điểm tối đa", "Điểm", "Điểm mất", "Ghi chú", "Cơ quan", "Nhiệm vụ", "Nguồn"),
        [
            (
                row.code, row.name, row.max_score, row.score, row.lost,
                row.score_text if row.score is None else "", row.owner,
                ", ".join(f"{task.plan_label}: {task.code}" for task in row.tasks), row.source,
            )
            for row in facts.rows
        ],
        (10, 50, 12, 12, 12, 18, 36, 40, 40),
        head,
    )  # fmt: skip

    def sums(name: str, who: str, found: tuple[LossSum, ...]) -> Table:
        return Table(
            name,
            (who, "Điểm mất", "Số thành phần"),
            [(o.name, o.lost, o.components) for o in found],
            (60, 12, 14),
            head,
        )

    return rows, sums("Theo cơ quan", "Cơ quan", facts.by_owner), sums("Theo kế hoạch", "Kế hoạch", facts.by_plan)
