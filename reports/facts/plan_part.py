"""What every report says of the plan it is about."""

from dataclasses import dataclass
from datetime import date

from agencies.text import format_day
from plans.facts.plan import PlanFacts
from plans.models import Plan
from reports.facts.head import long_day, plan_name


@dataclass(frozen=True)
class PlanPart:
    """The plan, its period and its day."""

    code: str
    label: str
    name: str
    title: str
    parent_name: str
    year: int
    as_of: date
    period: str
    period_due_on: date | None
    report_due_on: date | None

    @property
    def as_of_long(self) -> str:
        """The as-of day as documents write it."""
        return long_day(self.as_of)

    @property
    def period_shown(self) -> str:
        """The period in which reports are due, with its due date."""
        if not self.period:
            return "chưa có kỳ báo cáo nào mở"
        due = f" (hạn nộp {format_day(self.period_due_on)})" if self.period_due_on else ""
        return f"kỳ báo cáo “{self.period}”{due}"

    @property
    def period_is_due(self) -> bool:
        """Tell whether the period's due date has passed."""
        return self.period_due_on is not None and self.period_due_on < self.as_of


def plan_part(plan: Plan, facts: PlanFacts, year: int) -> PlanPart:
    """Return what a report of a year says of its plan."""
    return PlanPart(
        code=facts.code,
        label=facts.label,
        name=plan_name(plan),
        title=facts.title,
        parent_name=plan_name(plan.sub_plan_of) if plan.sub_plan_of else "",
        year=year,
        as_of=facts.as_of,
        period=facts.period,
        period_due_on=facts.period_due_on,
        report_due_on=facts.report_due_on,
    )
