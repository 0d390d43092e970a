"""What the database itself refuses in plans (see ``agencies.constraints``)."""

from agencies.constraints import NoReplace, NoTruncate, Promise, Trigger, append_only

# An issued plan says what it said; only what an amendment proposes can be edited, until it is confirmed.
_NOT_PROPOSED = "NOT EXISTS (SELECT 1 FROM plans_amendment a WHERE a.id = {0}.amendment_id AND a.state <> 'confirmed')"


def _issued(kind: str, row: str) -> str:
    """Return the condition "of an issued plan, and not the proposal of an amendment" (``kind``: task or target)."""
    return (
        f"EXISTS (SELECT 1 FROM plans_{kind} t JOIN plans_plan p ON p.id = t.plan_id "
        f"WHERE t.id = {row}.{kind}_id AND p.state <> 'drafting') AND {_NOT_PROPOSED.format(row)}"
    )


def _text(kind: str) -> tuple[Promise, ...]:
    """Return the promises of the versions of a task or target."""
    table, message = f"plans_{kind}version", "parportal: an issued plan changes by a confirmed amendment only"
    return (
        # NEW too: a proposal cannot be slipped into the plan's own text, or into an amendment already confirmed.
        Trigger(f"{table}_frozen", table, "UPDATE", f"({_issued(kind, 'OLD')}) OR ({_issued(kind, 'NEW')})", message),
        Trigger(f"{table}_kept", table, "DELETE", _issued(kind, "OLD"), message),
        Trigger(f"{table}_added", table, "INSERT", _issued(kind, "NEW"), message),
        NoReplace(
            f"{table}_no_replace",
            table,
            f"o.id = NEW.id OR (o.{kind}_id = NEW.{kind}_id AND o.number = NEW.number)",
            _issued(kind, "o"),
            message,
        ),
    )


def _issued_part(table: str) -> tuple[Promise, ...]:
    condition = (
        "EXISTS (SELECT 1 FROM plans_taskversion v JOIN plans_task t ON t.id = v.task_id "
        "JOIN plans_plan p ON p.id = t.plan_id WHERE v.id = {0}.version_id AND p.state <> 'drafting' "
        f"AND {_NOT_PROPOSED.format('v')})"
    )
    message = "parportal: an issued plan changes by a confirmed amendment only"
    return (
        Trigger(
            f"{table}_no_update",
            table,
            "UPDATE",
            f"({condition.format('OLD')}) OR ({condition.format('NEW')})",
            message,
        ),
        Trigger(f"{table}_no_delete", table, "DELETE", condition.format("OLD"), message),
        Trigger(f"{table}_no_insert", table, "INSERT", condition.format("NEW"), message),
        NoReplace(f"{table}_no_replace", table, "o.id = NEW.id", condition.format("o"), message),
    )


_SENT = "OLD.submitted_at IS NOT NULL"
_SENT_LINK = "EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.id = OLD.version_id AND v.submitted_at IS NOT NULL)"

PROMISES: tuple[Promise, ...] = (
    # A recorded reminder stays as it was said.
    *append_only(
        "plans_reminder",
        "o.id = NEW.id OR (o.assignment_id = NEW.assignment_id AND o.due_on = NEW.due_on AND o.rung = NEW.rung "
        "AND o.audience = NEW.audience AND o.sent_by_id IS NULL AND NEW.sent_by_id IS NULL) "
        "OR (o.period_id = NEW.period_id AND o.agency_id = NEW.agency_id AND o.due_on = NEW.due_on "
        "AND o.rung = NEW.rung AND o.audience = NEW.audience) "
        "OR (o.assignment_id = NEW.assignment_id AND o.day = NEW.day AND o.audience = NEW.audience "
        "AND o.rung = 'chase' AND NEW.rung = 'chase')",
    ),
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
        "OLD.state = 'accepted' AND NOT (NEW.accepted_id = OLD.accepted_id "
        "AND NEW.assignment_id = OLD.assignment_id AND NEW.period_id = OLD.period_id "
        "AND ((NEW.state = 'draft' "
        "AND EXISTS (SELECT 1 FROM plans_progressversion v WHERE v.progress_id = OLD.id "
        "AND v.corrects_id = OLD.accepted_id AND v.submitted_at IS NULL)) "
        # An answer to its proposals adds a remark: only the revision grows.
        "OR (NEW.state = 'accepted' AND NEW.revision = OLD.revision + 1 AND NEW.latest_id = OLD.latest_id "
        "AND NEW.first_submitted_at = OLD.first_submitted_at AND NEW.created_by_id = OLD.created_by_id)))",
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
            "plans_taskmilestone",
            "plans_assignment",
            "plans_dutyrequest",
            "plans_amendment",
            "plans_plan",
        )
    ),
    # An issued plan says what it said; an amendment is a new version.
    *_text("task"),
    *_text("target"),
    *_issued_part("plans_taskparty"),
    *_issued_part("plans_taskcomponent"),
    *_issued_part("plans_taskquantity"),
    *_issued_part("plans_taskmilestone"),
    Trigger(
        "plans_amendment_frozen",
        "plans_amendment",
        "UPDATE",
        "OLD.state <> 'draft'",
        "parportal: an amendment that was confirmed or discarded is never changed",
    ),
    Trigger(
        "plans_amendment_kept",
        "plans_amendment",
        "DELETE",
        "OLD.state <> 'draft'",
        "parportal: an amendment that was confirmed or discarded is never deleted",
    ),
    NoReplace(
        "plans_amendment_no_replace",
        "plans_amendment",
        "o.id = NEW.id OR (o.plan_id = NEW.plan_id AND o.number = NEW.number AND o.state <> 'discarded' "
        "AND NEW.state <> 'discarded')",
        "o.state <> 'draft'",
        "parportal: an amendment that was confirmed or discarded is never replaced",
    ),
    # Once somebody has reported on a plan, or amended it, it stays issued until it ends, once: else its text could
    # be opened again.
    Trigger(
        "plans_plan_stays_issued",
        "plans_plan",
        "UPDATE",
        "(OLD.state <> 'drafting' AND NEW.state = 'drafting' AND (EXISTS (SELECT 1 FROM plans_progress g "
        "JOIN plans_assignment s ON s.id = g.assignment_id JOIN plans_task t ON t.id = s.task_id "
        "WHERE t.plan_id = OLD.id AND g.first_submitted_at IS NOT NULL) "
        "OR EXISTS (SELECT 1 FROM plans_amendment m WHERE m.plan_id = OLD.id AND m.state = 'confirmed'))) "
        "OR (OLD.state = 'ended' AND (NEW.state <> 'ended' "
        "OR NEW.ended_on <> OLD.ended_on OR NEW.ended_at <> OLD.ended_at "
        "OR NEW.end_document <> OLD.end_document))",
        "parportal: an issued plan is not drafted again, and ends once",
    ),
    NoReplace(
        "plans_plan_no_replace",
        "plans_plan",
        "o.id = NEW.id OR o.code = NEW.code",
        "o.state <> 'drafting'",
        "parportal: an issued plan is never replaced by another row",
    ),
    # A period that an issued plan gets says since when it is known: no past day learns of it, now or later.
    Trigger(
        "plans_reportingperiod_known",
        "plans_reportingperiod",
        "INSERT",
        "NEW.known_from IS NULL "
        "AND EXISTS (SELECT 1 FROM plans_plan p WHERE p.id = NEW.plan_id AND p.state <> 'drafting')",
        "parportal: a period added to an issued plan says since when it is known",
    ),
    Trigger(
        "plans_reportingperiod_known_stays",
        "plans_reportingperiod",
        "UPDATE",
        "(NEW.known_from IS NULL) <> (OLD.known_from IS NULL) OR NEW.known_from <> OLD.known_from",
        "parportal: since when a period is known never changes",
    ),
    # Who has a duty, and since when, stays; it may end once.
    Trigger(
        "plans_assignment_kept",
        "plans_assignment",
        "DELETE",
        "1 = 1",
        "parportal: a duty is never deleted, it ends on a day",
    ),
    Trigger(
        "plans_assignment_stays",
        "plans_assignment",
        "UPDATE",
        "NEW.task_id <> OLD.task_id OR NEW.agency_id <> OLD.agency_id OR NEW.role <> OLD.role "
        "OR NEW.created_at <> OLD.created_at OR COALESCE(NEW.succeeds_id, 0) <> COALESCE(OLD.succeeds_id, 0) "
        "OR (OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to <> OLD.valid_to "
        "OR NEW.ended_at <> OLD.ended_at))",
        "parportal: whose duty it is never changes, it ends once and another begins",
    ),
    *append_only(
        "plans_dutytransfer",
        "o.id = NEW.id OR (o.assignment_id = NEW.assignment_id AND o.reorganisation_id = NEW.reorganisation_id)",
    ),
    *append_only(
        "plans_dutyreceipt", "o.id = NEW.id OR (o.transfer_id = NEW.transfer_id AND o.agency_id = NEW.agency_id)"
    ),
    *append_only("plans_targetbaseline", "o.id = NEW.id"),
    *append_only("plans_ruling", "o.id = NEW.id OR o.request_id = NEW.request_id"),
    *append_only("plans_windowexception", "o.id = NEW.id"),
    *append_only("plans_remark", "o.id = NEW.id OR o.replies_to_id = NEW.replies_to_id"),
    *append_only("plans_evidencereplacement", "o.id = NEW.id OR o.link_id = NEW.link_id"),
    Trigger(
        "plans_dutyrequest_frozen",
        "plans_dutyrequest",
        "UPDATE",
        "OLD.state <> 'open' OR NEW.reason <> OLD.reason OR NEW.assignment_id <> OLD.assignment_id "
        "OR NEW.created_by_id <> OLD.created_by_id OR NEW.created_at <> OLD.created_at "
        "OR NEW.legal_ground <> OLD.legal_ground "
        "OR (OLD.kind = 'extension' AND (NEW.new_due_on <> OLD.new_due_on OR NEW.old_due_on <> OLD.old_due_on))",
        "parportal: a request says what it said, and is decided once",
    ),
    Trigger(
        "plans_dutyrequest_kept",
        "plans_dutyrequest",
        "DELETE",
        "1 = 1",
        "parportal: a request is never deleted",
    ),
    NoReplace(
        "plans_dutyrequest_no_replace",
        "plans_dutyrequest",
        "o.id = NEW.id",
        "1 = 1",
        "parportal: a request is never replaced",
    ),
    NoReplace(
        "plans_assignment_no_replace",
        "plans_assignment",
        "o.id = NEW.id OR (o.task_id = NEW.task_id AND o.agency_id = NEW.agency_id AND o.role = NEW.role "
        "AND o.valid_to IS NULL AND NEW.valid_to IS NULL)",
        "1 = 1",
        "parportal: a duty is never replaced",
    ),
    *append_only("plans_periodclose", "o.id = NEW.id OR (o.period_id = NEW.period_id AND o.number = NEW.number)"),
    *append_only("plans_periodreopening", "o.id = NEW.id"),
)
