"""Who may do what: the one table. ``docs/permissions.md`` is generated from it."""

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    """A person's role in an agency, held through a dated membership."""

    OFFICER = "officer", "Cán bộ đầu mối"
    AGENCY_HEAD = "agency_head", "Thủ trưởng cơ quan"
    REVIEWER = "reviewer", "Chuyên viên thẩm định"
    SPECIALIST = "specialist", "Chuyên viên chỉ số"
    LEADER = "leader", "Lãnh đạo tỉnh"
    AUDITOR = "auditor", "Kiểm tra, giám sát"
    ADMINISTRATOR = "administrator", "Quản trị hệ thống"


class Permission(StrEnum):
    """One thing that can be done."""

    PLAN_READ = "plan.read"
    PLAN_READ_DRAFT = "plan.read_draft"
    PROGRESS_READ = "progress.read"
    PROGRESS_WRITE = "progress.write"
    PROGRESS_APPROVE = "progress.approve"
    PROGRESS_DECIDE = "progress.decide"
    DUTY_REQUEST = "duty.request"
    DUTY_RULE = "duty.rule"
    DUTY_ASSIGN = "duty.assign"
    WINDOW_GRANT = "window.grant"
    PERIOD_CLOSE = "period.close"
    PLAN_AMEND = "plan.amend"
    BASELINE_CHOOSE = "baseline.choose"
    CHASE = "chase"
    DASHBOARD_READ = "dashboard.read"
    RESULT_READ = "result.read"
    INDEX_MANAGE = "index.manage"
    SCORE_READ = "score.read"
    SCORE_WRITE = "score.write"
    SCORE_SUBMIT = "score.submit"
    SCORE_APPRAISE = "score.appraise"
    SCENARIO_WRITE = "scenario.write"
    REPORT_AGENCY = "report.agency"
    REPORT_YEAR_END = "report.year_end"
    REPORT_SUMMARY = "report.summary"
    TRAIL_READ = "trail.read"
    DIRECTORY_MANAGE = "directory.manage"


class Reach(StrEnum):
    """How far a grant reaches."""

    AGENCY = "agency"
    PROVINCE = "province"


P, R = Permission, Reach

GRANTS: dict[Role, dict[Permission, Reach]] = {
    Role.OFFICER: {
        P.PLAN_READ: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.AGENCY,
        P.PROGRESS_WRITE: R.AGENCY,
        P.DUTY_REQUEST: R.AGENCY,
        P.REPORT_AGENCY: R.AGENCY,
        P.SCORE_READ: R.AGENCY,
        P.SCORE_WRITE: R.AGENCY,
    },
    Role.AGENCY_HEAD: {
        P.PLAN_READ: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.AGENCY,
        P.PROGRESS_APPROVE: R.AGENCY,
        P.DUTY_REQUEST: R.AGENCY,
        P.REPORT_AGENCY: R.AGENCY,
        P.SCORE_READ: R.AGENCY,
        P.SCORE_SUBMIT: R.AGENCY,
    },
    Role.REVIEWER: {
        P.PLAN_READ: R.PROVINCE,
        P.PLAN_READ_DRAFT: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.PROVINCE,
        P.PROGRESS_DECIDE: R.PROVINCE,
        P.DUTY_RULE: R.PROVINCE,
        P.DUTY_ASSIGN: R.PROVINCE,
        P.WINDOW_GRANT: R.PROVINCE,
        P.PERIOD_CLOSE: R.PROVINCE,
        P.PLAN_AMEND: R.PROVINCE,
        P.BASELINE_CHOOSE: R.PROVINCE,
        P.CHASE: R.PROVINCE,
        P.DASHBOARD_READ: R.PROVINCE,
        P.REPORT_AGENCY: R.PROVINCE,
        P.REPORT_YEAR_END: R.PROVINCE,
        P.REPORT_SUMMARY: R.PROVINCE,
        P.SCORE_READ: R.PROVINCE,
        P.SCORE_APPRAISE: R.PROVINCE,
    },
    Role.SPECIALIST: {
        P.PLAN_READ: R.PROVINCE,
        P.PLAN_READ_DRAFT: R.PROVINCE,
        P.PLAN_AMEND: R.PROVINCE,
        P.BASELINE_CHOOSE: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.PROVINCE,
        P.DASHBOARD_READ: R.PROVINCE,
        P.REPORT_YEAR_END: R.PROVINCE,
        P.REPORT_SUMMARY: R.PROVINCE,
        P.INDEX_MANAGE: R.PROVINCE,
        P.SCORE_READ: R.PROVINCE,
        P.SCORE_WRITE: R.AGENCY,
        P.SCENARIO_WRITE: R.PROVINCE,
    },
    Role.LEADER: {
        P.PLAN_READ: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.PROVINCE,
        P.DASHBOARD_READ: R.PROVINCE,
        P.REPORT_YEAR_END: R.PROVINCE,
        P.REPORT_SUMMARY: R.PROVINCE,
        P.SCORE_READ: R.PROVINCE,
        P.SCENARIO_WRITE: R.PROVINCE,
    },
    Role.AUDITOR: {
        P.PLAN_READ: R.PROVINCE,
        P.PLAN_READ_DRAFT: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.PROGRESS_READ: R.PROVINCE,
        P.DASHBOARD_READ: R.PROVINCE,
        P.TRAIL_READ: R.PROVINCE,
        P.SCORE_READ: R.PROVINCE,
    },
    # An administrator keeps the directory and never writes or decides a report.
    Role.ADMINISTRATOR: {
        P.PLAN_READ: R.PROVINCE,
        P.RESULT_READ: R.PROVINCE,
        P.DIRECTORY_MANAGE: R.PROVINCE,
    },
}


# Whom a head may let approve in his place: people who do the agency's work, never who only administers or inspects.
STAND_INS = frozenset({Role.OFFICER, Role.AGENCY_HEAD, Role.REVIEWER, Role.SPECIALIST})


def granted(role: str, permission: Permission) -> Reach | None:
    """Return how far the role holds the permission, or None."""
    return GRANTS[Role(role)].get(permission)
