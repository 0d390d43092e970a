"""Why a person has no rights today, in words for that person."""

from agencies import calendar
from agencies.models import Membership, Succession, User, valid_on
from agencies.permissions import Role
from agencies.text import format_day


def why_no_role(user: User) -> str:
    """Return why the person cannot log in and whom to ask; an empty text when they hold a role today."""
    today = calendar.today()
    if user.is_installer or user.standing():
        return ""
    memberships = list(user.memberships.select_related("agency").order_by("valid_to", "pk"))
    last = next((one for one in reversed(memberships) if one.valid_to and one.valid_to < today), None)
    coming = next((one for one in memberships if one.valid_from and one.valid_from > today), None)
    if coming is not None:
        said = f"Vai trò của bạn ở {coming.agency} bắt đầu từ ngày {format_day(coming.valid_from)}."
    elif last is None:
        said = "Tài khoản này chưa được cấp vai trò ở cơ quan nào."
    elif last.agency.valid_to and last.agency.valid_to < today:
        said = f"{last.agency} đã kết thúc hoạt động, hết ngày {format_day(last.agency.valid_to)}"
        after = (
            Succession.objects.filter(predecessor=last.agency)
            .exclude(kind=Succession.Kind.TRANSFER)
            .select_related("successor")
            .order_by("-is_main", "pk")
        )
        if after:
            heirs = ", ".join(str(one.successor) for one in after)
            said += f" ({after[0].decision_number}), kế thừa: {heirs}"
        said += ". Vai trò của bạn ở cơ quan đó đã hết."
    else:
        said = f"Vai trò của bạn ở {last.agency} đã hết từ sau ngày {format_day(last.valid_to)}."
    return f"{said} {_whom_to_ask(memberships)}"


def _whom_to_ask(memberships: list[Membership]) -> str:
    names = (
        Membership.objects.filter(
            valid_on(calendar.today()),
            province_id__in={one.province_id for one in memberships},
            role=Role.ADMINISTRATOR,
            user__is_active=True,
        )
        .order_by("user__full_name")
        .values_list("user__full_name", "agency__name")
        .distinct()[:3]
    )
    people = "; ".join(f"{name}, {agency}" for name, agency in names)
    whom = f" ({people})" if people else ""
    return f"Hãy liên hệ quản trị hệ thống của tỉnh{whom} để được cấp vai trò."
