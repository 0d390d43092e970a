"""Story 16: a plan is amended mid-year. Another decision changes five tasks, adds two, drops one.

The amendment is a document with an effective day; the diff is shown and confirmed; the dropped task is "bãi bỏ" with
its history; both targets are kept (at least 2 ranks, then 2 to 4); the dashboard as of any day reproduces what was
shown then.
"""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from agencies import calendar
from agencies.models import Event
from plans import builder
from plans.actions import amendment_lines, amendments, plans
from plans.actions.amendment_lines import target_text_of, text_of
from plans.facts.recorded import drifted
from plans.models import Amendment, Assignment, PartyRole, Plan, Progress, Section, Task
from plans.schedule import refresh_all
from tests.conftest import build_small, pdf_upload

LEAD = PartyRole.LEAD
MORE = ("7", "8", "9")


def on(*day):
    return calendar.held_at(datetime(*day, 9, 0, tzinfo=calendar.VIETNAM))


def shown(plan, day):
    out = StringIO()
    call_command("show_plan", plan.code, "--as-of", day.isoformat(), "--json", stdout=out)
    return json.loads(out.getvalue())


def page(small, name, day=None):
    client = Client()
    client.force_login(small.who("lanhdao"))
    query = {"ngay": f"{day:%d/%m/%Y}"} if day else {}
    return client.get(reverse(f"plans:{name}", args=[small.plan.code]), query)


def figures(answer):
    board = answer.context["figures"]
    return [
        (bar.name, bar.label, bar.progress.ratio, bar.on_time.ratio, bar.overdue.text, bar.not_updated.text)
        for bar in (board.duties, board.tasks, board.proposed, *sorted(board.agencies, key=lambda one: one.name))
        if bar
    ]


def with_three_more_tasks(small):
    """The plan has eight tasks from the beginning: nobody has reported yet."""
    Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
    section = Section.objects.select_related("plan").get(plan=small.plan)
    for code in MORE:
        plans.add_task(
            section=section,
            code=code,
            text=plans.TaskText(f"Việc {code}", parties=[plans.Party(LEAD, small.agencies["SYT"])]),
            deciding_document="1/KH-UBND",
        )
    plans.issue(plan=Plan.objects.get(pk=small.plan.pk), by=None)
    small.plan.refresh_from_db()
    plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)


def test_another_decision_changes_five_tasks_adds_two_and_drops_one(db, run_jobs):
    with on(2021, 8, 6):
        small = build_small()
        with_three_more_tasks(small)
    tasks = {task.code: task for task in Task.objects.filter(plan=small.plan)}
    with on(2021, 9, 10):
        reported = small.accept("1", "STP", period="2021-Q3")
        small.submit("2", "SNV", period="2021-Q3")
        small.accept("7", "SYT", period="2021-Q3", done_on=date(2021, 9, 8))

    # What the leaders were shown, day by day, before anybody knew of the decision.
    kept = {}
    for day in (date(2021, 9, 14), date(2021, 10, 1), date(2021, 10, 14)):
        with on(day.year, day.month, day.day):
            refresh_all()
            run_jobs()
            kept[day] = (shown(small.plan, day), figures(page(small, "plan_dashboard")))

    # Decision 200/QĐ-UBND of 28/09, in force from 01/10, reaches the specialist on 15/10.
    with on(2021, 10, 15):
        who = small.who("snv.chuyenvien")
        decision = amendments.begin(
            plan=small.plan,
            number="200/QĐ-UBND",
            issued_on=date(2021, 9, 28),
            issuer="Ủy ban nhân dân tỉnh",
            title="Điều chỉnh một số nhiệm vụ năm 2021",
            effective_on=date(2021, 10, 1),
            upload=pdf_upload("200-QD-UBND.pdf", number="200/QĐ-UBND"),
            by=who,
        )

        def change(code, **fields):
            text = replace(text_of(amendment_lines.latest(tasks[code])), **fields)
            amendment_lines.change(amendment=decision, subject=tasks[code], text=text, by=who)

        change("1", title="Nâng điểm cải cách thể chế", quantities=[plans.Quantity(Decimal(90), ">=", "điểm")])
        change("5", deadline={"deadline_kind": "date", "deadline_to": date(2021, 12, 31)})
        change("3", parties=[plans.Party(LEAD, small.agencies["STP"]), plans.Party(LEAD, small.agencies["SYT"])])
        change("8", parties=[plans.Party(LEAD, small.agencies["STP"])])
        change("9", deliverable="Báo cáo chuyên đề")
        section = Section.objects.get(plan=small.plan)
        for code, agency in (("10", "STP"), ("11", "SNV")):
            amendment_lines.add_task(
                amendment=decision,
                section=section,
                code=code,
                text=plans.TaskText(f"Việc mới {code}", parties=[plans.Party(LEAD, small.agencies[agency])]),
                by=who,
            )
        amendment_lines.drop(amendment=decision, subject=tasks["2"], reason="Trùng với nhiệm vụ 1", by=who)
        target = small.plan.targets.get()
        new = replace(target_text_of(target.versions.get()), value_max=Decimal(4), text="PAR Index tăng từ 2 đến 4 bậc")
        amendment_lines.change(amendment=decision, subject=target, text=new, by=who)

        # The comparison is shown, and confirmed on the page with the revision it shows.
        client = Client()
        client.force_login(who)
        comparison = client.get(reverse("plans:amendment_diff", args=[small.plan.code, decision.pk]))
        text = comparison.content.decode()
        assert comparison.context["diff"].summary == "sửa 6, thêm 2, bãi bỏ 1"
        lines = comparison.context["diff"].lines
        by_task = [line for line in lines if line.kind == "task"]
        assert [sum(line.verb == verb for line in by_task) for verb in ("change", "add", "drop")] == [5, 2, 1]
        assert "<del>PAR Index tăng từ 2 bậc</del>" in text
        assert "1 báo cáo đang chờ duyệt" in text
        revision = Amendment.objects.get(pk=decision.pk).revision
        address = reverse("plans:amendment_confirm", args=[small.plan.code, decision.pk])
        assert client.post(address, {"revision": revision}).status_code == 302
        run_jobs()

        # Both texts of every task and target are kept; the reports stay where they were.
        assert {task.versions.count() for task in Task.objects.filter(plan=small.plan, code__in="13589")} == {2}
        assert [version.text for version in target.versions.all()] == [
            "PAR Index tăng từ 2 bậc",
            "PAR Index tăng từ 2 đến 4 bậc",
        ]
        assert Progress.objects.get(pk=reported.pk).state == "accepted"
        now = shown(small.plan, date(2021, 10, 15))
        assert [one["value"] for one in now["targets"]] == ["2–4"]
        assert len(now["tasks"]) == 10
        dropped = next(one for one in now["tasks"] if one["code"] == "2")
        assert dropped["state"] == "cancelled"
        assert Progress.objects.filter(assignment__task=tasks["2"]).count() == 1
        assert now["counts"]["tasks"]["cancelled"] == 1
        leading = Assignment.objects.leading().filter(task__plan=small.plan)
        assert set(leading.filter(task__code="3").values_list("agency__code", flat=True)) == {"STP", "SYT"}
        assert set(leading.filter(task__code="8").values_list("agency__code", flat=True)) == {"STP"}
        assert drifted(small.plan) == []
        assert not builder.rollup_drift(small.plan)
        detail = page(small, "plan_detail").content.decode()
        assert "Bãi bỏ theo 200/QĐ-UBND" in detail
        assert "theo 1/KH-UBND → theo 200/QĐ-UBND từ 01/10/2021" in detail

        # Everything that was shown before is shown again, though the decision was in force since 01/10.
        for day, (printed, board) in kept.items():
            assert shown(small.plan, day) == printed, day
            assert figures(page(small, "plan_dashboard", day)) == board, day
        told = Event.objects.about(Amendment.objects.get(pk=decision.pk)).last()
        assert (told.action, told.after["summary"]) == ("amendment.confirm", "sửa 6, thêm 2, bãi bỏ 1")
        assert len(told.after["lines"]) == 9
        call_command("verify_trail", stdout=StringIO())

    # The agency that took task 8 over reports on it.
    with on(2021, 12, 1):
        refresh_all()
        small.accept("8", "STP", done_on=date(2021, 11, 30))
        new = small.assignment("8", "STP")
        assert (new.valid_from, new.state) == (date(2021, 10, 1), "done")
