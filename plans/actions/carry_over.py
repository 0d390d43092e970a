"""Carrying unfinished tasks of a replaced plan into the plan that takes its place, one by one (story 17).

Nothing is carried by itself: each task is carried by a person, into a section, under a code; it becomes a task of
the new plan with a history of its own (``Task.carried_from`` leads back). The old task and its reports stay.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import User
from agencies.permissions import Permission
from plans.actions import amendment_lines, plans
from plans.actions.amendment_lines import text_of
from plans.actions.plans import Party, TaskText
from plans.facts import carry_over as facts
from plans.facts.plan import plan_facts
from plans.models import Amendment, PartyRole, Plan, Section, Task, TaskVersion
from plans.standing import DeadlineKind, State

_DATELESS = (DeadlineKind.ONGOING, DeadlineKind.RECURRING, DeadlineKind.CONDITIONAL)


def carry(
    *,
    task: Task,
    section: Section,
    code: str,
    keep_deadline: bool = False,
    leads: Sequence[Party] = (),
    by: User,
) -> Task:
    """Carry an unfinished task of the replaced plan into a plan being drafted.

    ``leads`` name who leads in the place of those of the old text's bodies that have no single heir; the others (or
    their heirs) go on leading. An old day is kept only when asked for. Raises Refused (``may_not_amend``), Conflict
    (``plan_issued``, ``already_carried``, ``code_taken``), Invalid (``not_replaced_by``, ``finished``,
    ``lead_to_choose``, ``code_required``).
    """
    with transaction.atomic():
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=section.plan_id)
        text = _offer(task, plan, keep_deadline, leads, by)
        if plan.state != Plan.State.DRAFTING:
            raise Conflict(
                "plan_issued",
                "Kế hoạch mới đã ban hành. Nhiệm vụ chuyển tiếp phải được bổ sung bằng một văn bản sửa đổi.",
            )
        section.plan = plan
        if not code.strip() or len(code.strip()) > 20:
            message = "Cần ghi mã nhiệm vụ trong kế hoạch mới, nhiều nhất 20 ký tự."
            raise Invalid("code_required", message, fields={"code": message})
        if plan.tasks.filter(code=code.strip()).exists():
            message = f"Kế hoạch mới đã có nhiệm vụ mã {code.strip()}. Hãy chọn mã khác."
            raise Conflict("code_taken", message, fields={"code": message})
        made = plans.add_task(
            section=section,
            code=code.strip(),
            text=text,
            deciding_document=plan.number or plan.title[:200],
            carried_from=task,
        )
        trail.record(
            province_id=plan.province_id,
            action="task.carry",
            subject=made,
            before={"plan": task.plan.code, "task": task.code},
            after={"plan": plan.code, "task": made.code, "section": section.code, "title": text.title},
            by=by,
        )
    return made


def carry_by_amendment(
    *,
    amendment: Amendment,
    task: Task,
    section: Section,
    code: str,
    keep_deadline: bool = False,
    leads: Sequence[Party] = (),
    revision: int | None = None,
    by: User,
) -> Amendment:
    """Propose, in a draft amendment of the new plan already issued, to carry an unfinished task into it.

    Raises what ``carry`` and ``amendment_lines.add_task`` raise.
    """
    text = _offer(task, Plan.objects.get(pk=amendment.plan_id), keep_deadline, leads, by)
    return amendment_lines.add_task(
        amendment=amendment,
        section=section,
        code=code,
        text=text,
        reason=f"Chuyển tiếp từ {task.plan}, nhiệm vụ {task.code}",
        carried_from=task,
        revision=revision,
        by=by,
    )


def _offer(task: Task, plan: Plan, keep_deadline: bool, leads: Sequence[Party], by: User) -> TaskText:
    """Return the text that the new plan would carry."""
    if plan.province_id not in by.provinces_with(Permission.PLAN_AMEND):
        raise Refused("may_not_amend", "Bạn không có quyền đưa nhiệm vụ vào kế hoạch này.")
    if plan.replaces_id != task.plan_id:
        raise Invalid("not_replaced_by", "Kế hoạch này không thay thế kế hoạch của nhiệm vụ đã chọn.")
    if facts.carried_into(plan).get(task.pk) is not None:
        raise Conflict("already_carried", f"Nhiệm vụ {task.code} đã được chuyển tiếp vào kế hoạch này.")
    today = calendar.today()
    stands = next((one for one in plan_facts(task.plan, today, with_reports=False).tasks if one.id == task.pk), None)
    if stands is None or stands.dropped or stands.standing.state in (State.DONE, State.CANCELLED):
        raise Invalid("finished", f"Nhiệm vụ {task.code} đã hoàn thành hoặc đã bãi bỏ nên không chuyển tiếp.")
    version = TaskVersion.objects.filter(task=task).in_force(today).order_by("-number")[0]
    return _text(version, plan, keep_deadline, leads)


def _text(version: TaskVersion, plan: Plan, keep_deadline: bool, leads: Sequence[Party]) -> TaskText:
    today = calendar.today()
    heirs = facts.Heirs({version.task.province_id, plan.province_id}, plan.province_id, today)
    parties = list(leads)
    for party in version.parties.select_related("agency", "group"):
        heir = heirs.party(party)
        if heir is not None:
            parties.append(Party(heir.role, heir.agency, heir.group, heir.wording))
        elif party.role == PartyRole.LEAD and not leads:
            message = f"{party.name} không còn, hoặc có nhiều cơ quan kế thừa. Hãy chọn cơ quan chủ trì mới."
            raise Invalid("lead_to_choose", message, fields={"lead": message})
    distinct: dict[tuple[str, int | None, int | None], Party] = {}
    for one in parties:
        key = (one.role, one.agency.pk if one.agency else None, one.group.pk if one.group else None)
        distinct.setdefault(key, one)
    text = text_of(version)
    deadline = dict(text.deadline)
    if not keep_deadline:
        if version.deadline_kind not in _DATELESS:
            # The new plan has not given a day; the old one is not made up for it.
            deadline = {"deadline_kind": DeadlineKind.NONE}
        else:
            deadline.update(deadline_from=None, deadline_to=None)
    is_group = any(one.group is not None for one in distinct.values() if one.role == PartyRole.LEAD)
    milestones = text.milestones if keep_deadline else ()
    return replace(text, parties=list(distinct.values()), deadline=deadline, milestones=milestones, is_group=is_group)
