"""Taking a survey's counts in: all of it or nothing, the same once more changes nothing, a correction is a new row."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Invalid, Refused
from agencies.models import Agency, Province, User
from agencies.permissions import Permission
from agencies.seals import canonical, plain
from agencies.text import nfc
from indicators.actions.survey_sheets import Fault, SheetRefused, SurveySheet
from indicators.models import Component, Index, Survey, SurveyCount, SurveyQuestion


@dataclass(frozen=True)
class About:
    """What a person says of a survey besides its counts."""

    code: str
    title: str
    year: int
    source: str
    collected_from: date | None = None
    collected_to: date | None = None
    sent_sheets: int | None = None
    valid_sheets: int | None = None
    smallest_sample: int | None = None


@dataclass(frozen=True)
class Imported:
    """The survey that now holds the sheet; ``created`` is False when it was there already."""

    survey: Survey
    created: bool


def snapshot(survey: Survey) -> dict[str, Any]:
    """Return what the trail keeps of an import."""
    return {
        "code": survey.code,
        "year": survey.year,
        "index": survey.index.code,
        "agency": survey.agency.code if survey.agency else None,
        "number": survey.number,
        "replaces": survey.replaces_id,
        "sent_sheets": survey.sent_sheets,
        "valid_sheets": survey.valid_sheets,
        "smallest_sample": survey.smallest_sample,
        "source": survey.source,
        "file": survey.file_name,
        "file_sha256": survey.file_sha256,
        "digest": survey.digest,
    }


def import_survey(
    *,
    province: Province,
    index: Index,
    about: About,
    sheet: SurveySheet,
    agency: Agency | None = None,
    reason: str = "",
    by: User | None,
) -> Imported:
    """Keep the counts of a sheet that was read.

    The same counts with the same particulars once more change nothing. Other counts under a code that is taken are a
    correction: the next number, with the reason why; what they replace stays readable.

    Raises Refused, Invalid (``survey_incomplete`` with every field, ``survey_exists``), SheetRefused.
    """
    if by is not None and province.pk not in by.provinces_with(Permission.INDEX_MANAGE):
        raise Refused("not_a_specialist", "Chỉ chuyên viên chỉ số nhập kết quả khảo sát.")
    about = _complete(about, sheet, agency, province)
    components = _components(province, index, about.year, sheet)
    digest = _digest(index, about, sheet, agency)
    with transaction.atomic():
        trail.hold(province.pk)
        latest = (
            Survey.objects.select_related("index", "agency")
            .filter(province=province, year=about.year, code=about.code)
            .order_by("-number")
            .first()
        )
        if latest is not None and latest.digest == digest:
            return Imported(latest, created=False)
        if latest is not None and not reason.strip():
            said = (
                f"Năm {about.year} đã có khảo sát mã “{about.code}” với số liệu khác (nhập lần {latest.number}). "
                "Nếu đây là bản sửa, hãy ghi lý do nhập lại; bản cũ vẫn được giữ để đối chiếu. Nếu là khảo sát khác, "
                "hãy đặt mã khác."
            )
            raise Invalid("survey_exists", said, fields={"reason": said})
        survey = Survey.objects.create(
            province=province,
            agency=agency,
            index=index,
            year=about.year,
            code=about.code,
            title=about.title,
            source=about.source,
            collected_from=about.collected_from,
            collected_to=about.collected_to,
            sent_sheets=about.sent_sheets,
            valid_sheets=about.valid_sheets or 0,
            smallest_sample=about.smallest_sample,
            number=latest.number + 1 if latest else 1,
            replaces=latest,
            replace_reason=nfc(reason)[:500] if latest else "",
            file_name=sheet.file_name,
            file_sha256=sheet.file_sha256,
            digest=digest,
            imported_by=by,
            imported_at=calendar.now(),
        )
        questions = SurveyQuestion.objects.bulk_create(
            SurveyQuestion(
                survey=survey,
                code=one.code,
                factor=one.factor,
                text=one.text,
                component=components.get(one.component),
                order=order,
            )
            for order, one in enumerate(sheet.questions)
        )
        SurveyCount.objects.bulk_create(
            SurveyCount(
                question=question,
                option=option.name,
                is_satisfied=option.satisfied,
                weight=option.weight,
                count=option.count,
                order=order,
            )
            for question, one in zip(questions, sheet.questions, strict=True)
            for order, option in enumerate(one.options)
        )
        trail.record(
            province_id=province.pk,
            action="survey.import",
            subject=survey,
            before=snapshot(latest) if latest else None,
            after=snapshot(survey),
            reason=survey.replace_reason,
            by=by,
        )
    return Imported(survey, created=True)


def _complete(about: About, sheet: SurveySheet, agency: Agency | None, province: Province) -> About:
    """Return the particulars with the sheets counted. Raises Invalid (``survey_incomplete``) with all that is wrong."""
    problems: dict[str, str] = {}
    code, title, source = nfc(about.code), nfc(about.title), nfc(about.source)
    for name, text, most, label in (
        ("code", code, 40, "mã khảo sát"),
        ("title", title, 300, "tên khảo sát"),
        ("source", source, 400, "nguồn"),
    ):
        if not text or len(text) > most:
            problems[name] = f"Cần ghi {label}, nhiều nhất {most} ký tự."
    if agency is not None and agency.province_id != province.pk:
        problems["agency"] = "Cơ quan này không thuộc tỉnh."
    if about.collected_from and about.collected_to and about.collected_to < about.collected_from:
        problems["collected_to"] = "Ngày kết thúc thu phiếu phải sau ngày bắt đầu."
    valid, most_answers = about.valid_sheets, max((one.answers for one in sheet.questions), default=0)
    if sheet.respondents is not None:
        if valid not in (None, sheet.respondents):
            problems["valid_sheets"] = f"Tệp có {sheet.respondents} phiếu có trả lời, khác số đã ghi ({valid})."
        valid = sheet.respondents
    elif valid is None:
        problems["valid_sheets"] = "Cần ghi số phiếu hợp lệ."
    elif valid < most_answers:
        problems["valid_sheets"] = f"Có câu hỏi được {most_answers} người trả lời, nhiều hơn số phiếu hợp lệ ({valid})."
    if about.sent_sheets is not None and valid is not None and about.sent_sheets < valid:
        problems["sent_sheets"] = f"Số phiếu phát ra ({about.sent_sheets}) ít hơn số phiếu hợp lệ ({valid})."
    if problems:
        raise Invalid("survey_incomplete", " ".join(problems.values()), fields=problems)
    return About(
        code,
        title,
        about.year,
        source,
        about.collected_from,
        about.collected_to,
        about.sent_sheets,
        valid,
        about.smallest_sample,
    )


def _components(province: Province, index: Index, year: int, sheet: SurveySheet) -> dict[str, Component]:
    """Return the components that questions name (``8.1``, or ``PAR:8.1`` of another index). Raises SheetRefused."""
    named = {one.component for one in sheet.questions if one.component}
    if not named:
        return {}
    known: dict[str, Component] = {}
    for row in (
        Component.objects.filter(
            Q(framework__province__isnull=True) | Q(framework__province=province), framework__year_from__lte=year
        )
        .exclude(framework__year_to__lt=year)
        .select_related("framework__index")
        .order_by("framework__year_from")
    ):
        known[f"{row.framework.index.code}:{row.code}"] = row
        if row.framework.index_id == index.pk:
            known[row.code] = row
    faults = [
        Fault(one.row, "Thành phần", one.component, "bộ tiêu chí của năm không có thành phần này")
        for one in sheet.questions
        if one.component and one.component not in known
    ]
    if faults:
        raise SheetRefused(faults)
    return {code: known[code] for code in named}


def _digest(index: Index, about: About, sheet: SurveySheet, agency: Agency | None) -> str:
    """Return the SHA-256 of everything an import says: the same once more is the same."""
    said = {
        "index": index.pk,
        "agency": agency.pk if agency else None,
        "about": {name: plain(value) for name, value in vars(about).items()},
        "questions": [
            {
                "question": [one.code, one.factor, one.text, one.component],
                "options": [[o.name, o.satisfied, plain(o.weight), o.count] for o in one.options],
            }
            for one in sheet.questions
        ],
    }
    return hashlib.sha256(canonical(said).encode()).hexdigest()
