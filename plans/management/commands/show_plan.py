"""``manage.py show_plan``: a plan on a day, as text or JSON."""

import argparse
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies import calendar
from agencies.errors import PortalError
from agencies.text import format_day
from plans.facts.by_agency import AgencyCounts, View, agency_counts
from plans.facts.lookup import find_plan
from plans.facts.plan import PlanFacts, plan_facts
from plans.standing import BUCKET_LABELS


def iso_day(text: str) -> date:
    """Read a day written YYYY-MM-DD or dd/mm/yyyy."""
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} không phải là ngày có thật (YYYY-MM-DD hoặc dd/mm/yyyy)") from error


def as_json(facts: PlanFacts, view: View = View.THEN, agencies: tuple[AgencyCounts, ...] = ()) -> dict[str, Any]:
    """Return the stable shape of ``show_plan --json``.

    ``counts`` has the eight keys of domain § 3.11 for tasks and for assignments; bodies addressed with
    "Đề nghị" are counted apart under ``proposed``. ``agencies`` adds up to ``counts.assignments``, whether by the
    agencies of then or of now.
    """
    return {
        "code": facts.code,
        "number": facts.number,
        "province": facts.province,
        "issued_on": facts.issued_on.isoformat() if facts.issued_on else None,
        "as_of": facts.as_of.isoformat(),
        "targets": [
            {
                "kind": t.kind,
                "index": t.index,
                "value": t.value,
                "text": t.text,
                "state": t.state.value,
                "arithmetic": t.arithmetic,
                "reason": t.reason,
                "sources": [{"what": s.what, "said": s.said, "name": s.name, "url": s.url} for s in t.sources],
            }
            for t in facts.targets
        ],
        "tasks": [
            {
                "code": task.code,
                "title": task.title,
                "lead": list(task.lead),
                "cooperating": list(task.cooperating),
                "is_group": task.is_group,
                "authority": "propose" if task.proposed else "assign",
                "components": list(task.components),
                "deadline": {
                    "kind": task.deadline.kind,
                    "from": task.deadline.starts_on.isoformat() if task.deadline.starts_on else None,
                    "to": task.deadline.ends_on.isoformat() if task.deadline.ends_on else None,
                    "text": task.deadline.text,
                    "origin": task.deadline.origin,
                },
                "due_on": task.standing.due_on.isoformat() if task.standing.due_on else None,
                "due_origin": task.due_origin.value,
                "milestones": [
                    {"year": one.year, "due_on": one.due_on.isoformat(), "text": one.text, "reached": one.reached.value}
                    for one in task.milestones
                ],
                "state": task.standing.state.value,
                "time": task.standing.time.value,
                "done_rule": task.rule.kind.value,
                "reported": task.reported,
                "done": task.done,
                "members": task.members,
                "assignments": len(task.assignments),
            }
            for task in facts.tasks
        ],
        "counts": {
            "tasks": facts.task_counts.eight(),
            "assignments": facts.assignment_counts.eight(),
            "proposed": {
                "tasks": facts.proposed_tasks.eight(),
                "assignments": facts.proposed_assignments.eight(),
            },
            "not_updated": {
                "tasks": facts.task_counts.not_updated,
                "assignments": facts.assignment_counts.not_updated,
            },
        },
        "agencies_view": view.value,
        "agencies": [{"name": one.name, "note": one.note, "counts": one.counts.eight()} for one in agencies],
    }


class Command(BaseCommand):
    """Print a plan's targets, tasks and counts as of a day."""

    help = "Xem một kế hoạch: mục tiêu, nhiệm vụ, tình hình tính đến một ngày."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("number", help="số, ký hiệu (186/KH-UBND) hoặc mã kế hoạch")
        parser.add_argument("--province", help="tên tỉnh, khi nhiều tỉnh có cùng số kế hoạch")
        parser.add_argument("--as-of", type=iso_day, help="tính đến hết ngày này (mặc định: hôm nay)")
        parser.add_argument(
            "--agencies",
            type=View,
            choices=list(View),
            default=View.THEN,
            help="số liệu theo cơ quan lúc đó (then, mặc định) hay theo cơ quan hiện nay (now)",
        )
        parser.add_argument("--json", action="store_true", help="in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        try:
            plan = find_plan(options["number"], options["province"])
        except PortalError as error:
            raise CommandError(error.message) from error
        facts = plan_facts(plan, options["as_of"] or calendar.today(), with_reports=False)
        view: View = options["agencies"]
        agencies = agency_counts(facts, plan.province_id, view, calendar.today())
        if options["json"]:
            self.stdout.write(json.dumps(as_json(facts, view, agencies), ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{facts.label} — {facts.title}")
        self.stdout.write(f"{facts.province}, tính đến hết ngày {format_day(facts.as_of)}")
        for target in facts.targets:
            explained = f": {target.explained}" if target.explained else ""
            self.stdout.write(f"  [{target.state_label}] {target.text}{explained}")
        for task in facts.tasks:
            standing = f"{task.standing.state.label}, {task.standing.time.label.lower()}"
            self.stdout.write(f"  {task.code:<7} {task.title} | {'; '.join(task.lead)} | {standing}")
            for milestone in task.milestones:
                reached = milestone.reached.label.lower()
                self.stdout.write(f"          mốc {format_day(milestone.due_on)}: {milestone.text} | {reached}")
        for label, counts in (("Nhiệm vụ", facts.task_counts), ("Phân công", facts.assignment_counts)):
            parts = (f"{BUCKET_LABELS[bucket].lower()} {number}" for bucket, number in counts_items(counts))
            self.stdout.write(f"{label} ({counts.total}): " + ", ".join(parts))
        self.stdout.write("Theo cơ quan hiện nay:" if view is View.NOW else "Theo cơ quan lúc đó:")
        for one in agencies:
            done = f"hoàn thành {one.counts.done}/{one.counts.counted}"
            self.stdout.write(
                f"  {one.name}: {one.counts.total} phân công, {done}{f' ({one.note})' if one.note else ''}"
            )


def counts_items(counts: Any) -> list[tuple[Any, int]]:
    """Return the non-zero buckets with their numbers."""
    return [(bucket, counts.eight()[bucket.value]) for bucket in BUCKET_LABELS if counts.eight()[bucket.value]]
