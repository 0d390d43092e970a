"""Choosing the result that a target is measured from, where a province came from several (story 15)."""

from django.db import transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Invalid, Refused
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import nfc
from plans.facts.targets import baseline_candidates
from plans.models import Target, TargetBaseline


def choose(*, target: Target, result_id: int | None, reason: str, by: User) -> TargetBaseline:
    """Choose a predecessor's published result as the baseline of a target; the choice before it is kept.

    Raises Refused (``not_allowed``), Invalid (``baseline_is_plain``, ``result_unknown``, ``reason_required``).
    """
    if target.province_id not in by.provinces_with(Permission.BASELINE_CHOOSE):
        raise Refused("not_allowed", "Chỉ chuyên viên chỉ số hoặc chuyên viên thẩm định của tỉnh được chọn năm gốc.")
    reason = nfc(reason)
    candidates = {one.result_id: one for one in baseline_candidates(target, calendar.today())}
    if not candidates:
        raise Invalid(
            "baseline_is_plain",
            "Mục tiêu này không cần chọn năm gốc, hoặc chưa có kết quả nào của các tỉnh trước sáp nhập để chọn.",
        )
    problems = {}
    if result_id is None or result_id not in candidates:
        problems["result"] = "Hãy chọn một kết quả trong danh sách."
    if not reason:
        problems["reason"] = "Cần ghi lý do chọn, ví dụ số văn bản hướng dẫn."
    if problems:
        code = "result_unknown" if "result" in problems else "reason_required"
        raise Invalid(code, " ".join(problems.values()), fields=problems)
    assert result_id is not None
    with transaction.atomic():
        Target.objects.select_for_update(of=("self",)).get(pk=target.pk)
        last = target.baselines.order_by("chosen_at", "pk").last()
        chosen = TargetBaseline.objects.create(
            province_id=target.province_id,
            target=target,
            result_id=result_id,
            reason=reason,
            chosen_by=by,
            chosen_at=calendar.now(),
        )
        trail.record(
            province_id=target.province_id,
            action="target.choose_baseline",
            subject=target,
            before={"result": last.result_id if last else None},
            after={"result": chosen.result_id, "shown": candidates[chosen.result_id].label},
            reason=reason,
            by=by,
        )
    return chosen
