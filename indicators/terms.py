"""The words of frameworks that are chosen from a list, with their codes (no database)."""

from django.db.models import TextChoices


class Level(TextChoices):
    """Whom a framework scores."""

    PROVINCE = "province", "cấp tỉnh"
    AGENCY = "agency", "sở, ban, ngành"
    COMMUNE = "commune", "cấp xã"


class Kind(TextChoices):
    """How a component counts in the total."""

    BASE = "base", "điểm chấm"
    BONUS = "bonus", "điểm thưởng"
    PENALTY = "penalty", "điểm trừ"


class Method(TextChoices):
    """How a component is measured."""

    SELF = "self", "tự đánh giá"
    SURVEY = "survey", "điều tra xã hội học"
    SIPAS = "sipas", "chỉ số hài lòng"
    OUTCOME = "outcome", "kết quả tác động"
    MIXED = "mixed", "kết hợp"


class NotApplicable(TextChoices):
    """What happens when there is nothing to score (không phát sinh, không được giao)."""

    NEVER = "", "không có trường hợp này"
    REDUCE_MAX = "reduce_max", "giảm điểm tối đa tương ứng"
    FULL_POINTS = "full_points", "được điểm tối đa"


class Standing(TextChoices):
    """How sure a component's name and place are."""

    VERIFIED = "verified", "đã đối chiếu nguồn"
    NAMED_IN_PLAN = "named_in_plan", "nêu tên trong kế hoạch"
    UNCONFIRMED = "unconfirmed", "chưa xác nhận"


class Relation(TextChoices):
    """What became of a component in the next version (domain rule 10)."""

    SAME = "same", "giữ nguyên"
    RENAMED = "renamed", "đổi tên"
    REWEIGHTED = "reweighted", "đổi điểm tối đa"
    SPLIT = "split", "tách"
    MERGED = "merged", "gộp"
    NEW = "new", "mới"
    DROPPED = "dropped", "bỏ"


class Publishes(TextChoices):
    """How the standing in an index is published."""

    RANK = "rank", "thứ hạng"
    GROUP = "group", "nhóm"
