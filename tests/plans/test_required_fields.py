"""What forms show: a star at what they cannot do without, and lists whose lines begin with a capital letter."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from plans.actions import amendments, plans, requests
from plans.models import PartyRole, Plan
from tests.conftest import Small


@dataclass
class Form:
    """One form of a page: its fields by name, as a browser holds them, and the ids of those marked with a star."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    demanding: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    starred: set[str] = field(default_factory=set)

    @property
    def marked(self) -> set[str]:
        """The names of the fields with a star."""
        return {name for name, html_id in self.ids.items() if html_id in self.starred}


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.label = self.select = self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
            return
        if not self.found:
            return
        form, name = self.found[-1], given.get("name", "")
        if tag == "label":
            self.label = given.get("for", "")
        elif tag == "span" and given.get("class") == "pp-required" and self.label:
            form.starred.add(self.label)
        elif tag == "option" and self.select and ("selected" in given or self.select not in form.values):
            form.values[self.select] = given.get("value", "")
        elif tag in ("input", "select", "textarea") and name and given.get("type") not in ("checkbox", "radio"):
            form.ids[name] = given.get("id", "")
            if "required" in given and given.get("type") != "hidden":
                form.demanding.add(name)
            if given.get("aria-invalid") == "true":
                form.wrong.add(name)
            self.select = name if tag == "select" else ""
            self.area = name if tag == "textarea" else ""
            if tag != "select":
                form.values[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.label, self.area = self.label if tag != "label" else "", ""
        self.select = self.select if tag != "select" else ""

    def handle_data(self, text: str) -> None:
        if self.area:
            self.found[-1].values[self.area] += text.strip()


def duty(name: str, small: Small, task: str = "1", agency: str = "STP") -> str:
    return reverse(f"plans:{name}", args=[small.assignment(task, agency).pk])


def conditional(small: Small) -> str:
    """Return where the condition of a task that waits for one is recorded."""
    Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
    small.plan.refresh_from_db()
    plans.add_task(
        section=small.plan.sections.select_related("plan").get(),
        code="DK",
        text=plans.TaskText(
            "Khảo sát",
            deadline={"deadline_kind": "conditional", "condition": "Khi có văn bản"},
            parties=[plans.Party(PartyRole.LEAD, small.agencies["STP"])],
        ),
        deciding_document="x",
    )
    Plan.objects.filter(pk=small.plan.pk).update(state="issued")
    small.plan.refresh_from_db()
    plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)
    return duty("duty_condition", small, "DK")


def line(name: str, small: Small, *more: int) -> str:
    draft = amendments.begin(
        plan=small.plan,
        number="2/QĐ-UBND",
        issued_on=date(2021, 12, 1),
        issuer="Ủy ban nhân dân tỉnh",
        effective_on=date(2021, 12, 1),
        by=small.who("snv.chuyenvien"),
    )
    return reverse(f"plans:{name}", args=[small.plan.code, draft.pk, *more])


def refused_duty(small: Small) -> str:
    asked = requests.refuse(
        assignment=small.assignment("1", "STP"), reason="Không đúng", legal_ground="Điều 2", by=small.officer("STP")
    )
    return reverse("plans:request_detail", args=[asked.pk])


def task(small: Small, code: str) -> int:
    return small.plan.tasks.get(code=code).pk


def period(small: Small) -> str:
    return reverse("plans:period_exceptions", args=[small.period("2021-Q3").pk])


def approval(small: Small) -> str:
    return reverse("plans:agency_approval", args=[small.agencies["STP"].pk])


# Who, where, and a field by which the form is known among those of the page.
SCREENS: dict[str, tuple[str, Callable[[Small], str], str]] = {
    "extension": ("stp.canbo", lambda small: duty("duty_extension", small), "new_due_on"),
    "refusal": ("stp.canbo", lambda small: duty("duty_refusal", small), "legal_ground"),
    "condition": ("stp.canbo", conditional, "due_on"),
    "suspension": ("snv.thamdinh", lambda small: duty("duty_ruling", small) + "?loai=suspend", "effective_on"),
    "internal day": ("snv.thamdinh", lambda small: duty("duty_ruling", small, "3") + "?loai=internal_due", "due_on"),
    "done rule": (
        "snv.thamdinh",
        lambda small: reverse("plans:group_ruling", args=[task(small, "3")]) + "?loai=done_rule",
        "done_rule",
    ),
    "granted refusal": ("snv.thamdinh", refused_duty, "to"),
    "amendment": (
        "snv.chuyenvien",
        lambda small: reverse("plans:amendment_list", args=[small.plan.code]),
        "effective_on",
    ),
    "new task": ("snv.chuyenvien", lambda small: line("amendment_task_add", small), "title"),
    "new target": ("snv.chuyenvien", lambda small: line("amendment_target_add", small), "baseline_year"),
    "dropped task": (
        "snv.chuyenvien",
        lambda small: line("amendment_task_drop", small, task(small, "1")),
        "reason",
    ),
    "end of a plan": ("snv.chuyenvien", lambda small: reverse("plans:plan_end", args=[small.plan.code]), "on"),
    "late leave": ("snv.thamdinh", period, "agency"),
    "outage": ("snv.thamdinh", period, "document_number"),
    "return": (
        "snv.thamdinh",
        lambda small: reverse("plans:review_detail", args=[small.submit().pk]),
        "reason_code",
    ),
    "rule of the head": ("stp.thutruong", approval, "valid_from"),
    "delegation": ("stp.thutruong", approval, "person"),
    "reorganisation": ("quantri", lambda small: reverse("plans:reorganisation_add"), "title"),
}


def form_of(page: str, known_by: str) -> Form:
    return next(form for form in Forms(page).found if known_by in form.ids)


@pytest.mark.parametrize("screen", SCREENS)
def test_an_empty_form_is_refused_for_what_it_marks(screen, small, enter):
    name, where, known_by = SCREENS[screen]
    client, address = enter(name), where(small)
    page = client.get(address).content.decode()
    form = form_of(page, known_by)
    assert "Ô có dấu sao là ô bắt buộc." in page
    left_empty = {one for one in form.marked if not form.values[one]}
    assert left_empty
    assert left_empty <= form.demanding <= form.marked

    answer = client.post(form.action or address, form.values)
    assert answer.status_code == 422
    again = form_of(answer.content.decode(), known_by)
    assert again.wrong == left_empty
    # Each is told in a sentence of the portal, not in one of the framework.
    assert "Trường này là bắt buộc" not in answer.content.decode()


def test_a_report_marks_what_it_needs_to_be_handed_in_though_a_draft_may_lack_it(small, enter):
    officer = enter("stp.canbo")
    address = reverse("plans:progress_edit", args=[small.assignment("1", "STP").pk, "2021-Y"])
    form = form_of(officer.get(address).content.decode(), "result")
    assert form.marked == {"result"}
    sent = officer.post(address, {**form.values, "action": "submit"})
    assert sent.status_code == 422
    assert "result" in form_of(sent.content.decode(), "result").wrong
    assert officer.post(address, {**form.values, "action": "save"}).status_code == 302


def test_a_missing_field_and_a_wrong_one_are_told_at_once(small, enter):
    address = reverse("plans:amendment_list", args=[small.plan.code])
    answer = enter("snv.chuyenvien").post(address, {"issued_on": "11/12/2021", "issuer": "UBND tỉnh"})
    page = answer.content.decode()
    assert form_of(page, "effective_on").wrong == {"number", "issued_on", "effective_on"}
    assert "Ngày ban hành không được ở sau hôm nay." in page


LISTS: dict[str, tuple[str, Callable[[Small], str]]] = {
    "period": ("snv.thamdinh", lambda small: reverse("plans:period_add", args=[small.plan.code])),
    "requests": ("snv.thamdinh", lambda small: reverse("plans:request_list")),
    **{name: SCREENS[name][:2] for name in ("done rule", "new task", "new target", "return", "reorganisation")},
}


@pytest.mark.parametrize("screen", LISTS)
def test_a_line_of_a_list_begins_with_a_capital_letter(screen, small, enter):
    name, where = LISTS[screen]
    page = enter(name).get(where(small)).content.decode()
    lines = [line.strip() for line in re.findall(r"<option[^>]*>([^<]+)", page)]
    assert lines
    assert [line for line in lines if line[:1] != line[:1].upper()] == []


def test_the_national_calendar_names_its_periods_as_lines_begin(small, enter):
    page = enter("snv.thamdinh").get(reverse("plans:period_add", args=[small.plan.code])).content.decode()
    names = re.findall(r'<th scope="row">([^<]+)</th>', page)
    assert names == ["Quý I", "6 tháng", "Quý III", "9 tháng", "Năm"]
