"""Finding the one plan that a number means."""

from agencies.errors import Invalid
from plans.models import Plan


def find_plan(number: str, province: str | None = None) -> Plan:
    """Return the plan that bears a number (or our code), in a province when several bear it.

    Raises Invalid: ``plan_unknown``, or ``plan_ambiguous`` with the codes to choose from (308/KH-UBND is a plan
    of more than one province).
    """
    found = list(
        Plan.objects.named(number).select_related("province", "sub_plan_of").order_by("province__name", "code")
    )
    if province:
        found = [plan for plan in found if plan.province.answers_to(province)]
    if not found:
        known = ", ".join(Plan.objects.order_by("code").values_list("code", flat=True)[:20])
        where = f" ở {province}" if province else ""
        raise Invalid(
            "plan_unknown",
            f"Không có kế hoạch {number}{where}. Các mã kế hoạch hiện có: {known or 'chưa có'}.",
        )
    if len(found) > 1:
        choices = "; ".join(f"{plan.code} ({plan.province})" for plan in found)
        raise Invalid(
            "plan_ambiguous",
            f"Số {number} là của {len(found)} kế hoạch. Hãy dùng một trong các mã: {choices}, hoặc thêm --province.",
        )
    return found[0]
