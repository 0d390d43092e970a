"""Lists and details: what is shown to whom, filters, pages, and what they cost."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.actions import directory
from indicators.actions import catalogue
from indicators.models import Index
from plans import builder
from plans.actions import plans
from plans.models import Assignment, PartyRole, Plan, Task
from plans.standing import Bucket, DeadlineKind, State, standing_of
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]
RESOURCES = [
    "plans",
    "tasks",
    "assignments",
    "progress",
    "periods",
    "agencies",
    "components",
    "indices",
    "results",
    "report-runs",
    "reminders",
    "notices",
    "tokens",
]


def test_a_plan_shows_its_text_and_targets_but_no_progress(small: Small, api: Api) -> None:
    small.submit()
    body = api("syt.canbo").send("get", f"plans/{small.plan.code}/").json()
    assert (body["number"], body["issued_on"], body["state"]) == ("1/KH-UBND", "2021-08-06", "issued")
    assert body["sections"][0] | {"id": 0} == {
        "id": 0,
        "code": "I",
        "title": "Nâng PAR Index",
        "parent": None,
        "index": "PAR",
    }
    assert [(one["code"], one["state"]) for one in body["targets"]] == [("MT1", "unknown")]
    assert "Đã làm xong" not in str(body)


def test_only_those_who_watch_the_province_see_the_dashboard(small: Small, api: Api) -> None:
    small.accept(done_on=date(2021, 12, 1))
    builder.refresh_plan(small.plan.pk)
    path = f"plans/{small.plan.code}/dashboard/"
    assert api("stp.canbo").send("get", path).status_code == 404
    body = api("lanhdao").send("get", path).json()
    assert body["as_of"] == "2021-12-10"
    rows = {(row["scope"], (row["agency"] or {}).get("code")): row for row in body["rows"]}
    whole = rows["plan_tasks", None]
    assert (whole["unit"], whole["done_on_time"], whole["progress"]) == ("task", 1, {"numerator": 1, "denominator": 4})
    assert whole["on_time"] == {"numerator": 1, "denominator": 2}
    assert rows["agency", "STP"]["progress"] == {"numerator": 1, "denominator": 2}
    assert ("proposed", None) in rows


def test_a_dashboard_not_yet_computed_is_empty(small: Small, api: Api) -> None:
    body = api("lanhdao").send("get", f"plans/{small.plan.code}/dashboard/").json()
    assert body == {"plan": small.plan.code, "as_of": None, "computed_at": None, "rows": []}


def test_a_draft_plan_is_shown_to_those_who_prepare_it(small: Small, api: Api) -> None:
    plans.create(
        province=small.province,
        code="du-thao",
        kind="ke_hoach",
        title="Dự thảo",
        issuer="UBND",
        year_from=2022,
        by=None,
    )
    assert api("stp.canbo").send("get", "plans/du-thao/").status_code == 404
    assert api("snv.chuyenvien").send("get", "plans/du-thao/").json()["state"] == "drafting"


def test_a_task_shows_parties_deadline_and_components(small: Small, api: Api) -> None:
    client = api("stp.canbo")
    group = client.send("get", f"tasks/{Task.objects.get(code='3').pk}/").json()["version"]
    assert group["deadline"] == {
        "kind": "none",
        "from": None,
        "to": None,
        "text": "",
        "recurrence": "",
        "condition": "",
        "origin": "plan",
    }
    assert [(party["role"], party["name"], party["group"]["name"]) for party in group["parties"]] == [
        ("lead", "các sở, ban, ngành", "Các sở, ban, ngành")
    ]
    dated = client.send("get", f"tasks/{Task.objects.get(code='5').pk}/").json()["version"]
    assert (dated["deadline"]["kind"], dated["deadline"]["to"]) == ("date", "2021-11-30")
    assert dated["parties"][0]["agency"] == small.agencies["SYT"].pk


def test_words_are_found_without_diacritics(small: Small, api: Api) -> None:
    client = api("stp.canbo")
    assert [row["code"] for row in client.send("get", "tasks/?q=diem the che").json()["results"]] == ["1"]
    assert [row["code"] for row in client.send("get", "agencies/?q=so TU phap").json()["results"]] == ["STP"]
    found = api("lanhdao").send("get", "assignments/?q=kham benh&role=lead").json()["results"]
    assert [row["task_code"] for row in found] == ["5"]


@pytest.mark.parametrize("bucket", list(Bucket))
def test_the_bucket_filter_agrees_with_the_one_way_to_count(small: Small, api: Api, bucket: Bucket) -> None:
    small.accept(done_on=date(2021, 12, 1))
    small.accept("5", "SYT", done_on=date(2021, 12, 1))
    small.accept("3", "SNV", done_on=date(2021, 12, 1))
    Assignment.objects.filter(task__code="3", agency=small.agencies["VPUB"]).update(state="suspended")
    Assignment.objects.filter(task__code="3", agency=small.agencies["SYT"]).update(state="cancelled")
    expected = {
        row.pk
        for row in Assignment.objects.select_related("task__current")
        if standing_of(
            State(row.state), DeadlineKind(row.task.current.deadline_kind), row.due_on, row.done_on, date(2021, 12, 10)
        ).bucket
        is bucket
    }
    shown = api("lanhdao").send("get", f"assignments/?bucket={bucket.value}").json()["results"]
    assert {row["id"] for row in shown} == expected
    assert {row["bucket"] for row in shown} <= {bucket.value}


def test_overdue_splits_the_list_in_two(small: Small, api: Api) -> None:
    client = api("lanhdao")
    late = client.send("get", "assignments/?overdue=true").json()["results"]
    assert {(row["task_code"], row["time"], row["days_overdue"]) for row in late} == {("5", "overdue", 10)}
    others = client.send("get", "assignments/?overdue=false").json()
    assert others["count"] + len(late) == client.send("get", "assignments/").json()["count"]


def test_an_officer_sees_the_own_agencys_duties_only(small: Small, api: Api) -> None:
    rows = api("stp.canbo").send("get", "assignments/").json()["results"]
    assert {row["agency_code"] for row in rows} == {"STP"}
    assert {row["role"] for row in rows} == {"lead", "cooperating"}


def test_report_lateness_is_not_task_lateness(small: Small, api: Api) -> None:
    small.submit()
    (row,) = api("stp.canbo").send("get", "progress/?state=submitted").json()["results"]
    assert (row["submitted_late"], row["period_code"], row["agency_name"]) == (False, "2021-Y", "Sở Tư pháp")


def test_another_province_is_not_there(small: Small, elsewhere: Small, api: Api) -> None:
    client = api("lanhdao")
    assert [row["code"] for row in client.send("get", "plans/").json()["results"]] == [small.plan.code]
    assert client.send("get", f"plans/{elsewhere.plan.code}/").status_code == 404
    assert client.send("get", f"plans/{elsewhere.plan.code}/dashboard/").status_code == 404
    for name, pk in (
        ("tasks", elsewhere.plan.tasks.first().pk),
        ("assignments", elsewhere.assignment("1", "STP").pk),
        ("progress", elsewhere.submit().pk),
        ("periods", elsewhere.period().pk),
        ("agencies", elsewhere.agencies["STP"].pk),
    ):
        assert client.send("get", f"{name}/{pk}/").status_code == 404, name
        assert elsewhere.province.code not in client.send("get", f"{name}/").content.decode()


def test_results_keep_what_the_source_does_not_print_empty(small: Small, elsewhere: Small, api: Api) -> None:
    index = Index.objects.get(code="PAR")
    for province, source in ((small.province, "A"), (elsewhere.province, "B")):
        catalogue.keep_result(
            province=province,
            index=index,
            year=2020,
            source=source,
            component=None,
            value=Decimal("84.70"),
            rank=17,
            field_size=63,
            source_kind="published",
        )
    (row,) = api("stp.canbo").send("get", "results/?index=PAR&year=2020&total=true").json()["results"]
    assert (row["value"], row["rank"], row["field_size"], row["region_rank"], row["source"]) == (
        "84.7",
        17,
        63,
        None,
        "A",
    )
    assert api("stp.canbo").send("get", "results/?total=false").json()["count"] == 0


# --- pages and filters ---------------------------------------------------------------------------------------

HUGE = "9" * 23


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_page_that_is_not_there_is_not_found(api: Api, resource: str) -> None:
    client = api("lanhdao")
    for page in (HUGE, "9" * 6000, "0", "-1", "abc", "1.5", "%00", "²"):
        answer = client.send("get", f"{resource}/?page={page}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), page


def test_a_page_size_that_makes_no_sense_is_bounded(api: Api) -> None:
    client = api("lanhdao")
    for size in (HUGE, "9" * 6000, "0", "-1", "abc", "%00"):
        answer = client.send("get", f"assignments/?page_size={size}")
        assert answer.status_code == 200, size
        assert len(answer.json()["results"]) <= 200


def test_no_page_holds_more_than_200(small: Small, api: Api) -> None:
    _more_agencies(small, 210)
    body = api("lanhdao").send("get", "agencies/?page_size=100000").json()
    assert (len(body["results"]), body["count"]) == (200, 216)
    second = api("lanhdao").send("get", "agencies/?page_size=100000&page=2").json()["results"]
    ids = [row["id"] for row in body["results"] + second]
    assert len(set(ids)) == 216


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("assignments/?agency=abc", "agency"),
        ("assignments/?agency=1.5", "agency"),
        (f"assignments/?agency={HUGE}", "agency"),
        ("assignments/?state=finished", "state"),
        ("assignments/?bucket=x", "bucket"),
        ("assignments/?q=%00", "q"),
        (f"assignments/?q={'a ' * 200}", "q"),
        ("progress/?period=-1", "period"),
        ("tasks/?plan=%00", "plan"),
        ("plans/?year=MMXXI", "year"),
        ("results/?year=1e9", "year"),
        ("agencies/?valid_on=31/02/2021", "valid_on"),
        ("report-runs/?code=x", "code"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(api: Api, path: str, field: str) -> None:
    answer = api("lanhdao").send("get", path)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", [field])


@pytest.mark.parametrize(
    "path",
    ["plans/%00/", "tasks/0/", f"tasks/{HUGE}/", "tasks/abc/", "report-runs/1/", "nothing/", "plans", "progress/1/x/"],
)
def test_an_address_that_does_not_exist_is_an_error_of_the_api(api: Api, path: str) -> None:
    answer = api("lanhdao").send("get", path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


# --- cost ----------------------------------------------------------------------------------------------------


def _more_agencies(small: Small, number: int) -> list[Any]:
    return [
        directory.keep_agency(province=small.province, code=f"X{n:03}", name=f"Đơn vị {n}", kind="don_vi_khac")
        for n in range(number)
    ]


def _grow(small: Small, number: int) -> None:
    """Add a plan in which many agencies lead, begin and hand in."""
    section_of = Plan.objects.get(pk=small.plan.pk).sections.get()
    plan = plans.create(
        province=small.province,
        code=f"lon-{number}",
        number=f"{number}/KH",
        kind="ke_hoach",
        title="Lớn",
        issuer="UBND",
        issued_on=date(2021, 9, 1),
        year_from=2021,
        by=None,
    )
    section = plans.add_section(plan=plan, code="I", title="I", parent=None, index=section_of.index)
    for n in range(number):
        agency = small.agencies["STP"]
        text = plans.TaskText(
            f"Việc {n}",
            parties=[plans.Party(PartyRole.LEAD, agency)],
            serves=[plans.Serves(section_of.index)],
            quantities=[plans.Quantity(Decimal(30), ">=", "%")],
        )
        plans.add_task(section=section, code=str(n), text=text, deciding_document="x")
        plans.add_target(
            plan=plan,
            code=f"M{n}",
            deciding_document="x",
            kind="value",
            index=section_of.index,
            comparator=">",
            value=Decimal(n),
            year=2021,
            text="x",
        )
    plans.add_period(
        plan=plan,
        code="Y",
        kind="year",
        name="Y",
        year=2021,
        starts_on=date(2021, 1, 1),
        cut_off=date(2021, 12, 14),
        opens_on=date(2021, 11, 1),
        due_on=date(2021, 12, 20),
    )
    plan = plans.issue(plan=plan, by=None)
    plans.hand_out(plan=plan, on=date(2021, 9, 1), by=None)
    grown = Small(small.province, small.agencies, small.group, plan, small.people)
    for n in range(number):
        grown.begin(str(n), "STP", "Y")
    builder.refresh_plan(plan.pk)


def test_a_list_costs_the_same_for_3_rows_as_for_30(small: Small, api: Api) -> None:
    client = api("lanhdao")
    client.send("get", "plans/")  # the key's first use is noted
    _grow(small, 3)
    _grow(small, 30)
    for name in ("tasks", "assignments", "progress"):
        few, many = (_count(client, f"{name}/?plan=lon-{number}", number) for number in (3, 30))
        assert few == many <= 5, name
    few, many = (_count(client, f"plans/lon-{number}/", None) for number in (3, 30))
    assert few == many <= 9
    few, many = (_count(client, f"plans/lon-{number}/dashboard/", None) for number in (3, 30))
    assert few == many <= 6


def test_agencies_and_results_cost_the_same_for_3_rows_as_for_30(small: Small, api: Api) -> None:
    client = api("lanhdao")
    client.send("get", "plans/")
    index = Index.objects.get(code="PAR")
    costs = []
    for number in (3, 30):
        for agency in _more_agencies(small, number):
            directory.keep_alias(agency=agency, alias=f"Tên khác {agency.code}")
        for year in range(2000, 2000 + number):
            catalogue.keep_result(
                province=small.province,
                index=index,
                year=year,
                source="x",
                component=None,
                value=Decimal(80),
                source_kind="dataset",
            )
        costs.append(
            [
                _count(client, "agencies/?q=don vi", number),
                _count(client, "results/", number),
                _count(client, "tokens/", 1),
            ]
        )
    assert costs[0] == costs[1]


def test_a_report_costs_the_same_for_1_version_as_for_5(small: Small, api: Api) -> None:
    client, officer = api("snv.thamdinh"), api("stp.canbo")
    sent = small.submit()
    client.send("get", "plans/")
    path = f"progress/{sent.pk}/"
    few = _count(client, path, None)
    for _ in range(4):
        revision = int(client.send("get", path)["ETag"].strip('"'))
        client.send("post", f"{path}return/", {"reason_code": "other", "reason": "x"}, revision=revision)
        officer.upload(sent.pk, revision=revision + 1, name=f"{revision}.pdf")
        officer.send("post", f"{path}submit/", revision=revision + 2)
    assert len(client.send("get", path).json()["versions"]) == 5
    assert few <= _count(client, path, None) <= few + 1  # evidence is asked for only where there are versions


def _count(client: Client, path: str, rows: int | None) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.send("get", path)
    assert answer.status_code == 200, (path, answer.content)
    if rows is not None:
        assert answer.json()["count"] >= rows
    assert len(queries) > 0
    return len(queries)
