"""What a year uses is never changed, whatever the door; the next version is a copy with a crosswalk."""

import io
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from agencies import calendar
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event
from indicators.actions import catalogue, frameworks
from indicators.facts.frameworks import component_drafts, draft_of, link_drafts
from indicators.models import Component, ComponentLink, Framework, Index, Result, ScoreSheet
from indicators.reading.faults import Refusal
from indicators.render.frameworks import as_json, digest, workbook
from tests.indicators.framework_files import as_file, whole


def take(content, province=None, by=None):
    return frameworks.take(content=as_file(content), province=province, by=by).framework


@pytest.fixture
def specialist(small):
    return small.who("snv.chuyenvien")


@pytest.fixture
def own(small, specialist):
    """A framework of the small province."""
    return take(whole(), small.province, specialist)


def use(framework, province, by="sheet"):
    """Let a year use a framework: by a score sheet, or by a published figure."""
    if by == "sheet":
        return ScoreSheet.objects.create(
            framework=framework,
            province=province,
            year=2026,
            **{
                f"{stage}_due_on": date(2027, month, 1)
                for month, stage in enumerate(("self", "appraisal", "explanation", "settlement"), 1)
            },
            created_at=datetime(2026, 1, 1, tzinfo=calendar.VIETNAM),
        )
    return Result.objects.create(
        province=province,
        index=framework.index,
        component=framework.components.first(),
        year=2026,
        value=Decimal(1),
        source="x",
        source_kind="published",
    )


# --- whose framework it is -----------------------------------------------------------------------------------


def test_a_specialist_enters_frameworks_of_the_own_province_and_leaves_a_trace(own, small):
    assert own.province == small.province
    event = Event.objects.filter(action="framework.import").get()
    assert event.subject_id == str(own.pk)
    assert event.after == {
        "code": "thu-2026",
        "version": "2026",
        "components": 4,
        "crosswalk": 0,
        "sha256": digest(draft_of(own)),
    }


def test_the_same_file_again_leaves_no_trace(own, small, specialist):
    before = Event.objects.count()
    done = frameworks.take(content=as_file(whole()), province=small.province, by=specialist)
    assert done.outcome is frameworks.Outcome.SAME
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", ["stp.canbo", "snv.thamdinh", "lanhdao", "quantri", "kiemtra"])
def test_others_do_not_keep_frameworks(small, name):
    with pytest.raises(Refused):
        take(whole(), small.province, small.who(name))


def test_nobody_in_person_changes_the_countrys_or_another_provinces(own, small, elsewhere, specialist):
    with pytest.raises(Refused):
        take(whole(), None, specialist)
    with pytest.raises(Refused):
        take(whole(), elsewhere.province, specialist)
    with pytest.raises(Refusal, match="mã này đã dùng"):
        take(whole(), elsewhere.province, elsewhere.who("snv.chuyenvien"))


def test_two_provinces_may_call_their_versions_alike(own, elsewhere):
    content = whole(framework={"code": "thu-khac"})
    assert take(content, elsewhere.province, elsewhere.who("snv.chuyenvien")).version == own.version


def test_one_version_of_an_index_is_entered_once_in_a_province(own, small, specialist):
    with pytest.raises(Refusal, match="đã có phiên bản này, mã thu-2026"):
        take(whole(framework={"code": "thu-khac"}), small.province, specialist)


def test_an_index_is_entered_by_who_runs_the_portal_only(small, specialist):
    with pytest.raises(Refusal, match="cổng chưa có chỉ số này"):
        take(whole(framework={"index": "LA"}), small.province, specialist)
    take(whole(framework={"index": "LA", "code": "la"}))
    assert Index.objects.get(code="LA").name == "Chỉ số CCHC"


# --- what a year uses ----------------------------------------------------------------------------------------


def changed():
    content = whole()
    content["components"][2]["name"] = "Khác"
    return content


@pytest.mark.parametrize("by", ["sheet", "result"])
def test_a_used_framework_is_refused_by_the_import_and_the_same_once_more_is_not(own, small, specialist, by):
    use(own, small.province, by)
    with pytest.raises(Conflict) as refused:
        take(changed(), small.province, specialist)
    assert refused.value.code == "framework_used"
    assert "mã khác" in refused.value.message
    assert take(whole(), small.province, specialist) == own


@pytest.mark.parametrize("by", ["sheet", "result"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE indicators_framework SET note = 'x' WHERE id = %s",
        "UPDATE indicators_framework SET policy = '{}' WHERE id = %s",
        "DELETE FROM indicators_framework WHERE id = %s",
        "UPDATE indicators_component SET max_score = 11 WHERE framework_id = %s",
        "UPDATE indicators_component SET rule = NULL WHERE framework_id = %s",
        "DELETE FROM indicators_component WHERE framework_id = %s AND code = '1.2'",
    ],
)
def test_raw_sql_does_not_change_it(own, small, by, sql):
    use(own, small.province, by)
    with pytest.raises(IntegrityError, match="parportal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [own.pk])


def test_the_models_do_not_change_it(own, small):
    use(own, small.province)
    component = own.components.get(code="1.1")
    for attempt in (
        lambda: Framework.objects.filter(pk=own.pk).update(version="x"),
        lambda: own.save(),
        lambda: Component.objects.filter(pk=component.pk).update(name="x"),
        lambda: component.save(),
        lambda: Component.objects.filter(pk=own.components.get(code="1.2").pk).delete(),
        lambda: Component.objects.create(framework=own, code="9", name="x", method="self", standing="verified"),
        lambda: Component.objects.bulk_update([component], ["name"]),
    ):
        with pytest.raises(IntegrityError, match="parportal"), transaction.atomic():
            attempt()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="INSERT OR REPLACE is SQLite's")
def test_a_replacing_insert_does_not_change_it(own, small):
    use(own, small.province)
    for table in ("indicators_framework", "indicators_component"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_the_technical_administration_does_not_show_it():
    from django.contrib import admin

    assert not {Framework, Component, ComponentLink} & set(admin.site._registry)


def test_a_used_framework_takes_a_first_crosswalk_which_then_stays(own, small, specialist):
    later = take(
        {**whole(framework={"code": "thu-2027", "version": "2027", "year_from": 2027}), "crosswalk": []},
        small.province,
        specialist,
    )
    Framework.objects.filter(pk=later.pk).update(copied_from=own)
    later.refresh_from_db()
    use(later, small.province)
    frameworks.confirm_crosswalk(framework=later, previous=own, by=specialist)
    assert {link.relation for link in link_drafts(later)} == {"same"}
    with pytest.raises(Conflict) as refused:
        frameworks.confirm_crosswalk(framework=later, previous=own, by=specialist)
    assert refused.value.code == "crosswalk_kept"
    with pytest.raises(IntegrityError), transaction.atomic():
        ComponentLink.objects.filter(framework=later).update(note="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ComponentLink.objects.filter(framework=later).delete()


# --- the next version ----------------------------------------------------------------------------------------


def test_a_copy_is_the_same_tree_with_a_line_per_component(own, small, specialist):
    use(own, small.province)
    made = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)
    assert (made.code, made.copied_from, made.province) == ("thu-2026-2028", own, small.province)
    assert component_drafts(made) == component_drafts(own)
    assert [(link.old, link.new, link.relation) for link in link_drafts(made)] == [
        (code, code, "same") for code in ("1", "1.1", "1.2", "2")
    ]
    assert made.policy == own.policy
    assert Event.objects.filter(action="framework.copy", subject_id=str(made.pk)).exists()
    assert not made.is_used


def test_a_province_copies_a_framework_of_the_whole_country_for_itself(small, specialist):
    take(whole())
    national = Framework.objects.get(code="thu-2026")
    made = frameworks.copy(
        framework=national, version="của tỉnh", year_from=2026, code="cua-tinh", province=small.province, by=specialist
    )
    assert made.province == small.province
    with pytest.raises(Refused):
        frameworks.copy(framework=national, version="x", year_from=2030, by=specialist)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"version": " ", "year_from": 2028}, "version"),
        ({"version": "2026", "year_from": 2028}, "version"),
        ({"version": "2028", "year_from": 2026}, "year_from"),
        ({"version": "2028", "year_from": 2028, "code": "Có Dấu"}, "code"),
        ({"version": "2028", "year_from": 2028, "code": "thu-2026"}, "code"),
        ({"version": "x" * 101, "year_from": 2028}, "version"),
    ],
)
def test_a_copy_that_cannot_be_made_says_which_field(own, specialist, values, field):
    with pytest.raises(Invalid) as refused:
        frameworks.copy(framework=own, by=specialist, **values)
    assert list(refused.value.fields) == [field]


def edit(framework, change):
    """Return a framework as it is exported, changed."""
    content = json.loads(as_json(draft_of(framework)))
    change(content)
    return content


def test_the_copy_is_edited_by_importing_it_again_with_its_crosswalk(own, small, specialist):
    copy = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)

    def change(content):
        by_code = {one["code"]: one for one in content["components"]}
        by_code["1.1"]["name"] = "Văn bản quy phạm pháp luật"  # renamed
        by_code["1.2"] |= {"max_score": 4}  # split
        content["components"].append({**by_code["1.2"], "code": "1.3", "name": "Xử lý sau kiểm tra", "max_score": 6})
        content["components"] = [one for one in content["components"] if one["code"] != "2"]  # dropped
        content["components"].append({"code": "3", "name": "Chuyển đổi số", "max_score": 10, "method": "self"})
        content["crosswalk"] = [
            {"old": "1", "new": "1", "relation": "same"},
            {"old": "1.1", "new": "1.1", "relation": "renamed"},
            {"old": "1.2", "new": "1.2", "relation": "split"},
            {"old": "1.2", "new": "1.3", "relation": "split"},
            {"old": "2", "relation": "dropped"},
            {"new": "3", "relation": "new"},
        ]

    take(edit(copy, change), small.province, specialist)
    assert [(link.old, link.new, link.relation) for link in link_drafts(copy)] == [
        ("1", "1", "same"),
        ("1.1", "1.1", "renamed"),
        ("1.2", "1.2", "split"),
        ("1.2", "1.3", "split"),
        ("", "3", "new"),
        ("2", "", "dropped"),
    ]
    again = frameworks.take(
        content=io.BytesIO(workbook(draft_of(Framework.objects.get(pk=copy.pk)))),
        province=small.province,
        by=specialist,
    )
    assert again.outcome is frameworks.Outcome.SAME


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("1.1", "1.1", "renamed")], "thiếu dòng cho thành phần cũ 1 "),
        ([("1", "1", "reweighted")], "điểm tối đa không đổi"),
        ([("1", "1", "split")], "từ hai dòng cùng mã cũ"),
        ([("1", "1", "merged")], "từ hai dòng cùng mã mới"),
        ([("1", "1", "same"), ("1", "1.1", "same")], "quan hệ là “tách” hoặc “gộp”"),
        ([("8", "1", "same")], "bộ tiêu chí trước không có"),
        ([("1", "8", "same")], "bộ tiêu chí này không có"),
        ([("1", "1", "new")], "thành phần mới thì không có mã cũ"),
        ([("1", "1", "dropped")], "thành phần đã bỏ thì không có mã mới"),
        ([("1", "1", "same"), ("1", "1", "same")], "được ghi hai lần"),
    ],
)
def test_a_crosswalk_that_is_not_so_is_refused_line_by_line(own, small, specialist, lines, words):
    copy = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)

    def change(content):
        content["crosswalk"] = [
            {key: value for key, value in zip(("old", "new", "relation"), line, strict=True)} for line in lines
        ]

    with pytest.raises(Refusal) as refused:
        take(edit(copy, change), small.province, specialist)
    assert any(words in str(fault) for fault in refused.value.faults)
    assert len(link_drafts(copy)) == 4


def test_without_a_crosswalk_in_the_file_it_is_proposed_again_when_the_tree_changed(own, small, specialist):
    copy = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)

    def change(content):
        content["crosswalk"] = []
        content["components"][1]["name"] = "Văn bản mới"

    take(edit(copy, change), small.province, specialist)
    assert link_drafts(copy) == ()
    frameworks.confirm_crosswalk(framework=copy, previous=own, by=specialist)
    assert {(link.new, link.relation) for link in link_drafts(copy)} == {
        ("1", "same"),
        ("1.1", "renamed"),
        ("1.2", "same"),
        ("2", "same"),
    }


def test_a_component_that_something_else_names_is_not_dropped(own, small, specialist):
    copy = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)
    content = whole()
    content["components"] = content["components"][:2] + content["components"][3:]
    content["components"][0]["max_score"] = 10
    content["policy"]["total_max"] = 20
    with pytest.raises(Conflict) as refused:
        take(content, small.province, specialist)
    assert refused.value.code == "component_kept"
    assert own.components.count() == 4
    assert link_drafts(copy)


def test_a_framework_that_nothing_uses_can_be_taken_back(own, small, specialist):
    copy = frameworks.copy(framework=own, version="2028", year_from=2028, by=specialist)
    with pytest.raises(Conflict) as refused:
        frameworks.discard(framework=own, by=specialist)
    assert refused.value.code == "framework_kept"
    assert own.components.count() == 4
    frameworks.discard(framework=copy, by=specialist)
    assert not Framework.objects.filter(pk=copy.pk).exists()
    assert Event.objects.filter(action="framework.discard").exists()
    use(own, small.province)
    with pytest.raises(Conflict):
        frameworks.discard(framework=own, by=specialist)


def test_every_stored_framework_can_be_exported_and_imported_again(db):
    catalogue.keep_national()
    frameworks.keep_samples()
    # Of their last domain the source gives the maximum of one part only: a file would take it for the whole.
    partly = ("par-2021", "par-2022")
    for framework in Framework.objects.select_related("index", "copied_from").exclude(code__in=partly):
        first = draft_of(framework)
        for write in (workbook, as_json):
            done = frameworks.take(content=io.BytesIO(write(first)), province=None, by=None)
            assert done.outcome is frameworks.Outcome.SAME, framework.code


def test_samples_are_entered_once_and_stay_when_a_year_uses_them(small):
    first = frameworks.keep_samples()
    assert len(first) == 2
    use(first[0], small.province)
    assert frameworks.keep_samples() == first
    Component.objects.filter(framework=first[1], code="I").update(name="Khác")
    assert {one.code for one in frameworks.keep_samples()} == {one.code for one in first}
    assert Component.objects.get(framework=first[1], code="I").name != "Khác"


def test_a_framework_of_the_catalogue_has_its_years_in_words(db):
    index = catalogue.keep_index(
        code="X", name="X", short_name="X", unit="%", scale_min=0, scale_max=100, publishes="rank"
    )
    for years, words in (((2020, None), "từ 2020"), ((2020, 2020), "2020"), ((2020, 2022), "2020–2022")):
        row = Framework(index=index, code="x", version="x", year_from=years[0], year_to=years[1])
        assert row.years == words
