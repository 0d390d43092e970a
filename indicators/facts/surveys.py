"""Surveys: shares of answers with what they are made of.

Definitions:

* *Answers* to a question are the sheets on which one of its options was chosen; a sheet without an answer to it does
  not count in its denominator.
* *Satisfied* of a question = answers with an option marked as satisfied / answers.
* Of a *factor* = the satisfied answers to its questions / the answers to its questions, put together by counts; of
  the *survey* likewise over all its questions. An average of percentages is never taken.
* A question none of whose options is marked as satisfied has no such share, and is in no factor's.
* *Weighted* = Σ (answers × weight of the option) / answers, where every option of the question carries a weight.
* *Points* of a question or factor in a component = share × the component's maximum, from the counts, rounded half up to
  two decimals; the weighted share where there is one, else the satisfied share.
* *Response rate* = valid sheets / sheets sent out.
* *Enough*: valid sheets ≥ the smallest sample the survey names. Below it the figures are shown with that mark, and
  give no points.
* A survey replaced by a corrected import stays readable and is not in the list of those in force.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.urls import reverse

from agencies.models import User
from agencies.tables import Table
from agencies.text import format_day, format_decimal
from indicators.models import Survey, SurveyCount, SurveyQuestion
from indicators.shares import NONE, Share, enough, together, weighted


@dataclass(frozen=True)
class SurveyRow:
    """A survey in the list."""

    url: str
    index: str
    year: int
    code: str
    title: str
    agency: str
    sheets: str
    enough: bool
    satisfied: Share


@dataclass(frozen=True)
class OptionFacts:
    """One answer: how many of those who answered the question gave it."""

    name: str
    satisfied: bool
    weight: str
    share: Share
    width: str
    x: str


@dataclass(frozen=True)
class QuestionFacts:
    """One question."""

    code: str
    text: str
    factor: str
    options: tuple[OptionFacts, ...]
    answers: int
    satisfied: Share
    weighted: Share
    component: str
    max_score: Decimal | None
    points: Decimal | None

    @property
    def width(self) -> str:
        """The satisfied share as the width of a bar."""
        return "" if self.satisfied.percent is None else str(self.satisfied.percent)

    @property
    def points_text(self) -> str:
        """The points, as printed: 9,12/10."""
        return _points(self.points, self.max_score)


@dataclass(frozen=True)
class FactorFacts:
    """One factor: its questions put together."""

    name: str
    questions: int
    satisfied: Share

    @property
    def width(self) -> str:
        """The satisfied share as the width of a bar."""
        return "" if self.satisfied.percent is None else str(self.satisfied.percent)


@dataclass(frozen=True)
class Import:
    """One import of the survey: this one, the one before, the one after."""

    url: str
    number: int
    at: str
    by: str
    reason: str


@dataclass(frozen=True)
class SurveyFacts:
    """A survey with its questions and factors."""

    id: int
    code: str
    title: str
    index: str
    index_code: str
    year: int
    province: str
    agency: str
    source: str
    collected: str
    sent: int | None
    valid: int
    smallest: int | None
    response: Share
    enough: bool
    satisfied: Share
    factors: tuple[FactorFacts, ...]
    questions: tuple[QuestionFacts, ...]
    file_name: str
    file_sha256: str
    this: Import
    replaces: Import | None
    replaced_by: Import | None

    @property
    def response_text(self) -> str:
        """The response rate, as printed; empty when nobody said how many were sent out."""
        return self.response.text if self.sent is not None else ""

    @property
    def sample_text(self) -> str:
        """What is said of the sample."""
        if self.smallest is None:
            return f"{format_decimal(self.valid)} phiếu hợp lệ; cuộc khảo sát không nêu số phiếu tối thiểu"
        said = f"{format_decimal(self.valid)} phiếu hợp lệ, cần ít nhất {format_decimal(self.smallest)}"
        return said if self.enough else f"Chưa đủ mẫu: {said}; số liệu chỉ để tham khảo, không dùng chấm điểm"


def _points(points: Decimal | None, max_score: Decimal | None) -> str:
    return f"{format_decimal(points, 2)}/{format_decimal(max_score)}" if points is not None else ""


def surveys(
    user: User, *, index: str = "", year: int | None = None, everything: bool = False
) -> "QuerySet[Survey, Survey]":
    """Return the surveys a person may read, newest first; those in force unless everything is asked for."""
    found = Survey.objects.visible_to(user).order_by("-year", "index__order", "code", "-number", "id")
    if not everything:
        found = found.in_force()
    if index:
        found = found.filter(index__code=index)
    return found if year is None else found.filter(year=year)


def survey_rows(page: "QuerySet[Survey, Survey]") -> tuple[SurveyRow, ...]:
    """Return the lines of a page of surveys (a sliced queryset), in two queries."""
    raw = list(
        page.values(
            "id",
            "index__short_name",
            "year",
            "code",
            "title",
            "agency__name",
            "valid_sheets",
            "sent_sheets",
            "smallest_sample",
        )
    )
    shares = satisfied_shares([row["id"] for row in raw])
    base = reverse("indicators:survey_list")
    rows = []
    for row in raw:
        valid, sent = row["valid_sheets"], row["sent_sheets"]
        rows.append(
            SurveyRow(
                url=f"{base}{row['id']}/",
                index=row["index__short_name"],
                year=row["year"],
                code=row["code"],
                title=row["title"],
                agency=row["agency__name"] or "Toàn tỉnh",
                sheets=format_decimal(valid) if sent is None else Share(valid, sent).text,
                enough=enough(valid, row["smallest_sample"]),
                satisfied=shares.get(row["id"], NONE),
            )
        )
    return tuple(rows)


def satisfied_shares(survey_ids: list[int]) -> dict[int, Share]:
    """Return survey → its satisfied share, in one query: questions without a satisfied option are left out."""
    found: dict[int, Share] = defaultdict(lambda: NONE)
    for row in (
        SurveyCount.objects.filter(question__survey__in=survey_ids)
        .order_by()
        .values("question_id", survey=F("question__survey_id"))
        .annotate(
            answers=Sum("count"),
            good=Sum("count", filter=Q(is_satisfied=True)),
        )
    ):
        # ``good`` is None where no option is marked, 0 where nobody chose one that is.
        if row["good"] is not None:
            found[row["survey"]] += Share(row["good"], row["answers"])
    return dict(found)


def question_facts(question: SurveyQuestion, *, usable: bool) -> QuestionFacts:
    """Return a question (counts prefetched, component selected)."""
    counts = list(question.counts.all())
    answers = sum(one.count for one in counts)
    marked = any(one.is_satisfied for one in counts)
    satisfied = Share(sum(one.count for one in counts if one.is_satisfied), answers) if marked else NONE
    weights = [(one.weight, one.count) for one in counts if one.weight is not None]
    worth = weighted(weights) if weights and len(weights) == len(counts) else NONE
    component = question.component
    max_score = component.max_score if component else None
    share = worth if worth.denominator else satisfied
    options, at = [], Decimal(0)
    for one in counts:
        part = Share(one.count, answers)
        width = part.percent or Decimal(0)
        options.append(
            OptionFacts(
                one.option, one.is_satisfied, format_decimal(one.weight), part, str(min(width, 100 - at)), str(at)
            )
        )
        at = min(at + width, Decimal(100))
    return QuestionFacts(
        code=question.code,
        text=question.text,
        factor=question.factor,
        options=tuple(options),
        answers=answers,
        satisfied=satisfied,
        weighted=worth,
        component=f"{component.code} {component.name}" if component else "",
        max_score=max_score,
        points=share.points(max_score) if usable and max_score is not None else None,
    )


def _import(survey: Survey) -> Import:
    return Import(
        url=reverse("indicators:survey_detail", args=[survey.pk]),
        number=survey.number,
        at=format_day(survey.imported_at.date()),
        by=str(survey.imported_by) if survey.imported_by else "Hệ thống",
        reason=survey.replace_reason,
    )


def survey_facts(survey: Survey) -> SurveyFacts:
    """Return a survey (index, province, agency and who imported it selected), in a fixed number of queries."""
    usable = enough(survey.valid_sheets, survey.smallest_sample)
    questions = tuple(
        question_facts(question, usable=usable)
        for question in survey.questions.select_related("component").prefetch_related("counts").order_by("order", "id")
    )
    by_factor: dict[str, list[Share]] = defaultdict(list)
    for question in questions:
        if question.factor and question.satisfied.denominator:
            by_factor[question.factor].append(question.satisfied)
    others = {
        one.pk: one
        for one in Survey.objects.filter(Q(pk=survey.replaces_id) | Q(replaces=survey)).select_related("imported_by")
    }
    earlier = others.pop(survey.replaces_id, None) if survey.replaces_id else None
    later = next(iter(others.values()), None)
    days = (format_day(survey.collected_from), format_day(survey.collected_to))
    return SurveyFacts(
        id=survey.pk,
        code=survey.code,
        title=survey.title,
        index=survey.index.short_name,
        index_code=survey.index.code,
        year=survey.year,
        province=str(survey.province),
        agency=survey.agency.name if survey.agency else "",
        source=survey.source,
        collected=" – ".join(day for day in days if day),
        sent=survey.sent_sheets,
        valid=survey.valid_sheets,
        smallest=survey.smallest_sample,
        response=Share(survey.valid_sheets, survey.sent_sheets or 0),
        enough=usable,
        satisfied=together(question.satisfied for question in questions),
        factors=tuple(FactorFacts(name, len(shares), together(shares)) for name, shares in by_factor.items()),
        questions=questions,
        file_name=survey.file_name,
        file_sha256=survey.file_sha256,
        this=_import(survey),
        replaces=_import(earlier) if earlier else None,
        replaced_by=_import(later) if later else None,
    )


# --- the survey as tables ------------------------------------------------------------------------------------


def survey_tables(facts: SurveyFacts) -> tuple[Table, ...]:
    """Return the survey as sheets of a workbook: factors, questions, and the counts in a form that can be read in."""
    head = (
        f"{facts.title} ({facts.index} {facts.year}, {facts.agency or facts.province})",
        facts.sample_text,
        "Tỷ lệ của yếu tố = số lượt hài lòng / số lượt trả lời của các câu thuộc yếu tố, không lấy trung bình tỷ lệ.",
    )
    factors = Table(
        "Yếu tố",
        ("Yếu tố", "Số câu", "Lượt hài lòng", "Lượt trả lời", "Tỷ lệ hài lòng (%)"),
        [
            *(
                (one.name, one.questions, one.satisfied.numerator, one.satisfied.denominator, one.satisfied.percent)
                for one in facts.factors
            ),
            (
                "Chung",
                len(facts.questions),
                facts.satisfied.numerator,
                facts.satisfied.denominator,
                facts.satisfied.percent,
            ),
        ],
        (44, 10, 16, 16, 16),
        head,
    )
    questions = Table(
        "Kết quả từng câu",
        (
            "Mã câu", "Câu hỏi", "Yếu tố", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng (%)", "Tỷ lệ theo trọng số (%)",
            "Thành phần", "Điểm tối đa", "Điểm",
        ),
        [
            (
                one.code, one.text, one.factor,
                one.satisfied.numerator if one.satisfied.denominator else None,
                one.answers, one.satisfied.percent, one.weighted.percent, one.component, one.max_score, one.points,
            )
            for one in facts.questions
        ],
        (10, 60, 30, 10, 10, 12, 12, 30, 10, 10),
        head,
    )  # fmt: skip
    return factors, questions, counts_table(facts)


def counts_table(facts: SurveyFacts) -> Table:
    """Return the counts alone, one row per question and option: what an import reads."""
    return Table(
        "Số phiếu",
        ("Mã câu", "Câu hỏi", "Yếu tố", "Phương án", "Tính là hài lòng", "Trọng số (%)", "Số phiếu"),
        [
            (
                question.code,
                question.text,
                question.factor,
                option.name,
                "có" if option.satisfied else "không",
                option.weight,
                option.share.numerator,
            )
            for question in facts.questions
            for option in question.options
        ],
        (10, 60, 30, 26, 12, 12, 12),
    )
