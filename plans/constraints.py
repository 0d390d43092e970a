"""What the database itself refuses in plans (see ``agencies.constraints``)."""

from agencies.constraints import NoReplace, NoTruncate, Promise, Trigger, append_only

_ISSUED_TASK = (
    "EXISTS (SELECT 1 FROM plans_task t JOIN plans_plan p ON p.id = t.plan_id "
    "WHERE t.id = OLD.task_id AND p.state <> 'drafting')"
)
_ISSUED_TARGET = (
    "EXISTS (SELECT 1 FROM plans_target t JOIN plans_plan p ON p.id = t.plan_id "
    "WHERE t.id = OLD.target_id AND p.state <> 'drafting')"
)


def _issued_part(table: str) -> tuple[Promise, ...]:
    condition = (
        "EXISTS (SELECT 1 FROM plans_taskversion v JOIN plans_task t ON t.id = v.task_id "
        "JOIN plans_plan p ON p.id = t.plan_id WHERE v.id = OLD.version_id AND p.state <> 'drafting')"
    )
    message = "parportal: an issued plan changes by a new version only"
    return (
        Trigger(f"{table}_no_update", table, "UPDATE", condition, message),
        Trigger(f"{table}_no_delete", table, "DELETE", condition, message),
    )


_SENT = "OLD.submitted_at IS NOT NULL"
_SENT_LINK = "EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.id = OLD.version_id AND v.submitted_at IS NOT NULL)"

PROMISES: tuple[Promise, ...] = (
    # A submission is frozen; a correction is the next version.
    Trigger(
        "plans_progressversion_frozen",
        "plans_progressversion",
        "UPDATE",
        _SENT,
        "parportal: a submitted version is never changed",
    ),
    Trigger(
        "plans_progressversion_kept",
        "plans_progressversion",
        "DELETE",
        _SENT,
        "parportal: a submitted version is never deleted",
    ),
    # An accepted report leaves that state only towards a correction that names what it corrects, and the
    # accepted version can be replaced only by a later one.
    Trigger(
        "plans_progress_accepted_stays",
        "plans_progress",
        "UPDATE",
        "OLD.state = 'accepted' AND NOT (NEW.state = 'draft' AND NEW.accepted_id = OLD.accepted_id "
        "AND NEW.assignment_id = OLD.assignment_id AND NEW.period_id = OLD.period_id "
        "AND EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.progress_id = OLD.id "
        "AND v.corrects_id = OLD.accepted_id AND v.submitted_at IS NULL))",
        "parportal: an accepted report changes only by a correction",
    ),
    Trigger(
        "plans_progress_accepted_version_kept",
        "plans_progress",
        "UPDATE",
        "OLD.accepted_id IS NOT NULL AND (NEW.accepted_id IS NULL OR (NEW.accepted_id <> OLD.accepted_id "
        "AND NOT EXISTS (SELECT 1 FROM plans_progressversion v JOIN plans_decision d ON d.version_id = v.id "
        "WHERE v.id = NEW.accepted_id AND v.progress_id = OLD.id AND d.verb = 'accept' "
        "AND v.number > (SELECT w.number FROM plans_progressversion w WHERE w.id = OLD.accepted_id))))",
        "parportal: the accepted version is replaced only by a later accepted one",
    ),
    Trigger(
        "plans_progress_sent_kept",
        "plans_progress",
        "DELETE",
        "OLD.first_submitted_at IS NOT NULL",
        "parportal: a submitted report is never deleted",
    ),
    *append_only("plans_decision", "o.id = NEW.id OR o.version_id = NEW.version_id"),
    # Evidence of a submitted version stays; only the verdict on it may be given.
    Trigger(
        "plans_evidencelink_kept",
        "plans_evidencelink",
        "DELETE",
        _SENT_LINK,
        "parportal: evidence of a submitted version is never removed",
    ),
    Trigger(
        "plans_evidencelink_frozen",
        "plans_evidencelink",
        "UPDATE",
        f"{_SENT_LINK} AND (NEW.version_id <> OLD.version_id OR NEW.document_id <> OLD.document_id "
        "OR NEW.added_by_id <> OLD.added_by_id OR NEW.added_at <> OLD.added_at "
        "OR EXISTS (SELECT 1 FROM plans_decision d WHERE d.version_id = OLD.version_id))",
        "parportal: evidence of a submitted version is never changed",
    ),
    Trigger(
        "plans_evidencelink_closed",
        "plans_evidencelink",
        "INSERT",
        "EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.id = NEW.version_id AND v.submitted_at IS NOT NULL)",
        "parportal: no evidence is added to a submitted version",
    ),
    NoReplace(
        "plans_progressversion_no_replace",
        "plans_progressversion",
        "o.id = NEW.id OR (o.progress_id = NEW.progress_id AND o.number = NEW.number)",
        "o.submitted_at IS NOT NULL",
        "parportal: a submitted version is never replaced",
    ),
    NoReplace(
        "plans_progress_no_replace",
        "plans_progress",
        "o.id = NEW.id OR (o.assignment_id = NEW.assignment_id AND o.period_id = NEW.period_id)",
        "o.first_submitted_at IS NOT NULL",
        "parportal: a submitted report is never replaced",
    ),
    NoReplace(
        "plans_evidencelink_no_replace",
        "plans_evidencelink",
        "o.id = NEW.id",
        "EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.id = o.version_id AND v.submitted_at IS NOT NULL)",
        "parportal: evidence of a submitted version is never replaced",
    ),
    *(
        NoTruncate(f"{table}_no_truncate", table, "parportal: reports, evidence and plans are never emptied")
        for table in (
            "plans_progress",
            "plans_progressversion",
            "plans_evidencelink",
            "plans_taskversion",
            "plans_taskparty",
            "plans_taskcomponent",
            "plans_taskquantity",
            "plans_targetversion",
        )
    ),
    # An issued plan says what it said; an amendment is a new version.
    Trigger(
        "plans_taskversion_frozen",
        "plans_taskversion",
        "UPDATE",
        _ISSUED_TASK,
        "parportal: an issued plan changes by a new version only",
    ),
    Trigger(
        "plans_taskversion_kept",
        "plans_taskversion",
        "DELETE",
        _ISSUED_TASK,
        "parportal: an issued plan changes by a new version only",
    ),
    Trigger(
        "plans_targetversion_frozen",
        "plans_targetversion",
        "UPDATE",
        _ISSUED_TARGET,
        "parportal: an issued plan changes by a new version only",
    ),
    Trigger(
        "plans_targetversion_kept",
        "plans_targetversion",
        "DELETE",
        _ISSUED_TARGET,
        "parportal: an issued plan changes by a new version only",
    ),
    *_issued_part("plans_taskparty"),
    *_issued_part("plans_taskcomponent"),
    *_issued_part("plans_taskquantity"),
    *append_only("plans_periodclose", "o.id = NEW.id OR (o.period_id = NEW.period_id AND o.number = NEW.number)"),
    *append_only("plans_periodreopening", "o.id = NEW.id"),
)
