"""The head and foot of a report after Nghị định 30/2020/NĐ-CP, Phụ lục I.

Definitions:

* *Superior body*: the agency's own parent where the directory names one; the provincial People's Committee for
  its departments, office and inspectorate; the Ministry of Public Security for the provincial police; none for
  People's Committees (they have none on their letters) and for bodies of which the directory knows nothing.
* *Number*: blank, with the symbol ``BC-<agency's symbol>``; the clerical office fills it in.
* *Place*: the district's or commune's own name for its committee, else the province's.
* *Date*: month and year of the as-of day, the day blank (a draft is dated when it is signed); the month has a
  leading zero for January and February only.
* *Standing office*: the agency designated on the as-of day.
* ``mark``: set when the figures are illustration (``PORTAL_DEMO``).
"""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from agencies.errors import Invalid
from agencies.models import Agency, Designation, Province, valid_on
from plans.models import Plan
from reports.facts.figures import short

ILLUSTRATION = "Số liệu minh họa"

_COMMITTEES = {Agency.Kind.PROVINCE_COMMITTEE, Agency.Kind.DISTRICT, Agency.Kind.COMMUNE}
_UNDER_THE_COMMITTEE = {Agency.Kind.OFFICE, Agency.Kind.DEPARTMENT, Agency.Kind.BOARD, Agency.Kind.INSPECTORATE}
_SIGNERS = {
    Agency.Kind.OFFICE: ("CHÁNH VĂN PHÒNG",),
    Agency.Kind.DEPARTMENT: ("GIÁM ĐỐC",),
    Agency.Kind.BOARD: ("TRƯỞNG BAN",),
    Agency.Kind.INSPECTORATE: ("CHÁNH THANH TRA",),
    Agency.Kind.POLICE: ("GIÁM ĐỐC",),
    Agency.Kind.UNION: ("CHỦ TỊCH",),
}
_UNIT = re.compile(
    r"^Ủy ban nhân dân\s+(tỉnh|thành phố|huyện|thị xã|quận|xã|phường|thị trấn|đặc khu)\s+(.+)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Head:
    """What stands above and below the text of a report."""

    superior: tuple[str, ...]
    issuer: tuple[str, ...]
    issuer_name: str
    symbol: str
    place: str
    month: int
    year: int
    subject: str
    addressee: str
    signer: tuple[str, ...]
    recipients: tuple[str, ...]
    as_of: date
    mark: str

    @property
    def month_shown(self) -> str:
        """The month as dates of documents write it."""
        return f"{self.month:02d}" if self.month < 3 else str(self.month)


def long_day(day: date) -> str:
    """Write a day as documents do: a leading zero for days under 10 and for January and February only.

    >>> long_day(date(2021, 8, 6)), long_day(date(2022, 2, 15))
    ('ngày 06 tháng 8 năm 2021', 'ngày 15 tháng 02 năm 2022')
    """
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def plan_name(plan: Plan) -> str:
    """Name a plan as a document cites it: kind, number, day, issuer; its title where it has no number."""
    day = f" {long_day(plan.issued_on)}" if plan.issued_on else (f" ({plan.issued_text})" if plan.issued_text else "")
    name = f"{plan.get_kind_display()} số {plan.number}" if plan.number else plan.title
    return f"{name}{day} của {plan.issuer}"


def committee_of(province: Province) -> str:
    """Return the name of a province's People's Committee."""
    return f"Ủy ban nhân dân {province.get_kind_display().lower()} {province.name}"


def standing_office(plan: Plan, on: date) -> Agency:
    """Return the agency designated as standing office on a day. Raises Invalid ``no_standing_office``."""
    found = (
        Designation.objects.filter(valid_on(on), province_id=plan.province_id, role=Designation.Role.STANDING_OFFICE)
        .select_related("agency__province", "agency__parent")
        .prefetch_related("agency__names")
        .order_by("-valid_from")
        .first()
    )
    if found is None:
        raise Invalid(
            "no_standing_office",
            f"Chưa có cơ quan thường trực của {plan.province} vào ngày {on:%d/%m/%Y}. Hãy ghi quyết định phân công "
            "trong phần quản trị.",
        )
    return found.agency


def _committee_lines(name: str) -> tuple[str, ...]:
    found = _UNIT.match(name)
    return ("ỦY BAN NHÂN DÂN", f"{found[1]} {found[2]}".upper()) if found else (name.upper(),)


def _superior(agency: Agency, province: Province) -> tuple[str, ...]:
    if agency.kind in _COMMITTEES:
        return ()
    if agency.parent is not None:
        return _committee_lines(agency.parent.name)
    if agency.kind in _UNDER_THE_COMMITTEE:
        return _committee_lines(committee_of(province))
    if agency.kind == Agency.Kind.POLICE:
        return ("BỘ CÔNG AN",)
    return ()


def _issuer(agency: Agency, name: str, province: Province) -> tuple[str, ...]:
    if agency.kind in _COMMITTEES:
        return _committee_lines(name)
    if agency.kind == Agency.Kind.OFFICE:
        return (name.removesuffix("Ủy ban nhân dân tỉnh").strip().upper(),) if "Ủy ban" in name else (name.upper(),)
    if agency.kind == Agency.Kind.POLICE and name.casefold() == f"công an {province.get_kind_display().lower()}":
        return (f"{name} {province.name}".upper(),)
    return (name.upper(),)


def _place(agency: Agency, name: str, province: Province) -> str:
    found = _UNIT.match(name) if agency.kind in _COMMITTEES else None
    if not found:
        return province.name
    # A unit named by a number keeps its kind before it ("Phường 1").
    return f"{found[1].capitalize()} {found[2]}" if found[2].isdigit() else found[2]


def _signer(agency: Agency, name: str) -> tuple[str, ...]:
    if agency.kind in _COMMITTEES:
        return ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    if name.startswith("Bưu điện"):
        return ("GIÁM ĐỐC",)
    return _SIGNERS.get(Agency.Kind(agency.kind), ("THỦ TRƯỞNG CƠ QUAN",))


def head_of(
    agency: Agency, province: Province, *, on: date, subject: str, addressee: str, recipients: tuple[str, ...]
) -> Head:
    """Return the head of a report that an agency issues as of a day."""
    name = agency.name_on(on)
    return Head(
        superior=_superior(agency, province),
        issuer=_issuer(agency, name, province),
        issuer_name=name,
        symbol=f"BC-{agency.symbol}" if agency.symbol else "BC-",
        place=_place(agency, name, province),
        month=on.month,
        year=on.year,
        subject=subject,
        addressee=addressee,
        signer=_signer(agency, name),
        recipients=recipients,
        as_of=on,
        mark=ILLUSTRATION if settings.PORTAL_DEMO else "",
    )


def leadership_of(name: str) -> str:
    """Return how a list of recipients names the leaders of an agency."""
    return f"Lãnh đạo {short(name)}"
