"""What has changed since a period was closed.

Definitions:

* A difference compares two snapshots of one period, duty by duty. *Reports that came after* are versions handed in
  that the earlier snapshot does not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plans.facts.addresses import assignment_url
from plans.facts.snapshot import NOTHING_SAID, accepted_version, day_text, moment_text
from plans.models import Progress
from plans.standing import BUCKET_LABELS, Bucket, State


@dataclass(frozen=True)
class Change:
    """One value that differs: what, before, after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class DutyDifference:
    """One duty that differs between two snapshots."""

    assignment: int
    url: str
    code: str
    title: str
    agency: str
    changes: tuple[Change, ...]
    came_after: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What differs between two snapshots of a period."""

    counts: tuple[Change, ...]
    duties: tuple[DutyDifference, ...]

    @property
    def nothing(self) -> bool:
        """Whether they say the same."""
        return not self.counts and not self.duties


_REPORT_STATES = {"": "chưa báo cáo", **{state.value: state.label for state in Progress.State}}


def _shown(one: Mapping[str, Any]) -> dict[str, str]:
    """Return what is compared of a duty, as people read it."""
    report = one["report"]
    version = accepted_version(report)
    fraction = f"{version['numerator']}/{version['denominator']}" if version.get("denominator") else NOTHING_SAID
    return {
        "Nhóm tình trạng": BUCKET_LABELS[Bucket(one["bucket"])],
        "Trạng thái": State(one["state"]).label,
        "Ngày hoàn thành": day_text(one["done_on"]),
        "Thời hạn": day_text(one["due_on"]),
        "Báo cáo của kỳ": _REPORT_STATES[report["state"] if report else ""],
        "Lần báo cáo có giá trị": str(version.get("number") or NOTHING_SAID),
        "Kết quả có giá trị": version.get("result") or NOTHING_SAID,
        "Số liệu có giá trị": version.get("figure") or NOTHING_SAID,
        "Tử số/mẫu số có giá trị": fraction,
        "Tài liệu kiểm chứng (SHA-256, đánh giá)": ", ".join(
            f"{file['sha256'][:12]} {file['verdict']}" for file in version.get("evidence", [])
        )
        or NOTHING_SAID,
        "Phiên bản nhiệm vụ": str((one["task_version"] or {}).get("number", NOTHING_SAID)),
    }


def _new_versions(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[str, ...]:
    report = (before or {}).get("report")
    known = {version["id"] for version in (report["versions"] if report else [])}
    return tuple(
        f"lần {version['number']}, {version['submitted_by']} gửi lúc {moment_text(version['submitted_at'])}"
        for version in (after["report"]["versions"] if after["report"] else [])
        if version["id"] not in known
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Compare two snapshots of one period."""
    counts = []
    for unit, name in (("assignments", "Phân công"), ("tasks", "Nhiệm vụ"), ("proposed", "Đề nghị phối hợp")):
        labels = {**{bucket.value: label for bucket, label in BUCKET_LABELS.items()}, "not_updated": "Chưa cập nhật"}
        for key, label in labels.items():
            one, two = before["counts"][unit][key], after["counts"][unit][key]
            if one != two:
                counts.append(Change(f"{name}: {label}", str(one), str(two)))
    old = {one["assignment"]: one for one in before["assignments"]}
    new = {one["assignment"]: one for one in after["assignments"]}
    duties = []
    for key, one in {**old, **new}.items():
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None:
            shown, then = _shown(now), _shown(was)
            changes = [Change(label, then[label], text) for label, text in shown.items() if then[label] != text]
        else:
            said = ("có trong kỳ", "không còn") if now is None else ("chưa có", "được thêm")
            changes = [Change("Phân công", *said)]
        came = _new_versions(was, now) if now is not None else ()
        if changes or came:
            duties.append(
                DutyDifference(
                    key,
                    assignment_url(key),
                    one["task_code"],
                    one["title"],
                    one["agency_name"],
                    tuple(changes),
                    came,
                )
            )
    return Difference(tuple(counts), tuple(duties))
