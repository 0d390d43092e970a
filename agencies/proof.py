"""Proving the trail: chain, sealed rows, files. Reads only, in constant memory; ``manage.py verify_trail`` prints it.

* *Chain*: every event is whole, follows the one before, and none is missing up to the head.
* *Rows*: every sealed row is as its latest seal says; a kept row has had one seal only; no row is missing; no row
  of a sealed model is unknown to the trail.
* *Files*: every stored file is there, with the size and SHA-256 under which it was taken.

What the storeys above prove besides (period closes) is registered in ``agencies.seals.CHECKS``.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import groupby, islice
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q

from agencies import calendar, seals
from agencies.models import Blob, Document, Event, Province, TrailHead
from agencies.models.event import GENESIS
from agencies.seals import KEPT, OPEN, RULES, TOUCHED, Finding, Rule

BATCH = 500
PIECE = 1 << 20


def when(event: Event) -> str:
    """Return the business moment of an event as people write it."""
    return calendar.moment(event.happened_at)


def chain(province: Province) -> Iterator[Finding]:
    """Yield what breaks the province's hash chain (``about.sequence``)."""
    previous, expected, last = GENESIS, 1, 0
    for event in Event.objects.filter(province=province).order_by("sequence").iterator(chunk_size=1000):
        about = {"province": province.code, "sequence": event.sequence, "action": event.action}
        if event.sequence != expected:
            yield _removed(province, expected, event.sequence - 1)
        if event.digest != event.compute_digest():
            yield Finding(
                "event_changed",
                f"{province}: sự kiện số {event.sequence} ({event.action}, {when(event)}) đã bị sửa: nội dung "
                "không còn khớp mã băm.",
                about,
            )
        elif event.sequence == expected and event.previous_digest != previous:
            yield Finding(
                "event_unchained",
                f"{province}: sự kiện số {event.sequence} ({event.action}, {when(event)}) không nối vào sự kiện trước "
                "nó.",
                about,
            )
        previous, last = event.digest, event.sequence
        expected = last + 1
    head = TrailHead.objects.filter(province=province).first()
    head_sequence, head_digest = (head.sequence, head.digest) if head else (0, GENESIS)
    if head_sequence > last:
        yield _removed(province, last + 1, head_sequence)
    elif head_sequence < last or head_digest != previous:
        yield Finding(
            "head_changed",
            f"{province}: đầu chuỗi ghi số {head_sequence} nhưng sự kiện cuối là số {last}, hoặc mã băm không khớp.",
            {"province": province.code, "sequence": head_sequence},
        )


def kept_heads(provinces: Iterable[Province], kept: Mapping[str, tuple[int, str]]) -> Iterator[Finding]:
    """Yield the provinces whose trail no longer goes through a head noted earlier (code → sequence, digest).

    Only this shows a trail cut back, or written anew, together with its rows and its head.
    """
    for province in provinces:
        sequence, digest = kept.get(province.code, (0, ""))
        if sequence and not Event.objects.filter(province=province, sequence=sequence, digest=digest).exists():
            yield Finding(
                "head_lost",
                f"{province}: đầu chuỗi đã lưu (số {sequence}, {digest}) không còn trong dấu vết: các sự kiện cuối đã "
                "bị cắt bỏ hoặc cả chuỗi đã bị viết lại.",
                {"province": province.code, "sequence": sequence},
            )


def _removed(province: Province, first: int, last: int) -> Finding:
    many = f"các sự kiện số {first} đến {last}" if last > first else f"sự kiện số {first}"
    return Finding(
        "event_removed",
        f"{province}: {many} đã bị xóa khỏi dấu vết.",
        {"province": province.code, "sequence": first, "last": last},
    )


class Ledger:
    """Every row's latest seal, in a private file on disk: memory stays the same however long the trail is."""

    def __init__(self) -> None:
        self.store = sqlite3.connect("")
        self.store.execute(
            "CREATE TABLE seal (label TEXT, pk TEXT, sha TEXT, kept INTEGER, gone INTEGER, province INTEGER, "
            "sequence INTEGER, subject TEXT, PRIMARY KEY (label, pk)) WITHOUT ROWID"
        )
        self.store.execute("CREATE INDEX seal_subject ON seal (subject, sequence)")

    def close(self) -> None:
        """Drop the file."""
        self.store.close()

    def read(self, province: Province) -> Iterator[Finding]:
        """Take in a province's events in their order; yield kept rows whose seal changed between two of them."""
        events = Event.objects.filter(province=province).order_by("sequence").exclude(seals={})
        for event in events.only("sequence", "subject_type", "subject_id", "seals", "province_id").iterator(
            chunk_size=200
        ):
            subject = f"{event.subject_type}:{event.subject_id}"
            for part in (KEPT, OPEN, TOUCHED):
                for name, sha in event.seals.get(part, {}).items():
                    yield from self._take(province, event.sequence, subject, part, name, sha)
            # What hung on the subject before and is not named now has been taken off.
            self.store.execute(
                "UPDATE seal SET gone = 1 WHERE subject = ? AND sequence < ? AND kept = 0", (subject, event.sequence)
            )

    def _take(
        self, province: Province, sequence: int, subject: str, part: str, name: str, sha: str
    ) -> Iterator[Finding]:
        label, _, pk = name.partition(":")
        before = self.store.execute(
            "SELECT sha, kept, sequence FROM seal WHERE label = ? AND pk = ?", (label, pk)
        ).fetchone()
        if before and before[1] and before[0] != sha:
            yield Finding(
                "row_changed_between",
                f"{province}: {_title(label)} số {pk} ({label}:{pk}) đã bị sửa trong khoảng giữa sự kiện số "
                f"{before[2]} và sự kiện số {sequence}, dù không được phép thay đổi sau khi đã niêm phong.",
                {"province": province.code, "model": label, "pk": pk, "sequence": before[2], "until": sequence},
            )
        self.store.execute(
            "INSERT OR REPLACE INTO seal VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
            (
                label,
                pk,
                sha,
                int(part == KEPT or bool(before and before[1])),
                province.pk,
                sequence,
                "" if part == TOUCHED else subject,
            ),
        )

    def present(self) -> Iterator[tuple[str, str, str, int, int, int]]:
        """Yield label, pk, seal, province id, sequence and "kept" of every row that should be there, by label."""
        with closing(
            self.store.execute(
                "SELECT label, pk, sha, province, sequence, kept FROM seal WHERE gone = 0 ORDER BY label, pk"
            )
        ) as found:
            yield from found

    def known(self, label: str, keys: Iterable[Any]) -> set[str]:
        """Return which of the keys the trail mentions as being there."""
        texts = [str(key) for key in keys]
        marks = ",".join("?" * len(texts))
        found = self.store.execute(
            f"SELECT pk FROM seal WHERE label = ? AND gone = 0 AND pk IN ({marks})", (label, *texts)
        )
        return {pk for (pk,) in found}


def _title(label: str) -> str:
    rule = RULES.get(label)
    return str(rule.model._meta.verbose_name) if rule else label


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def sealed_rows(provinces: list[Province], *, whole: bool) -> Iterator[Finding]:
    """Yield sealed rows that were edited or are missing, and rows that no event mentions.

    ``whole``: all provinces are proved, so rows that belong to no single province are looked at too.
    """
    named = {province.pk: province for province in provinces}
    with closing(Ledger()) as ledger:
        for province in provinces:
            yield from ledger.read(province)
        for label, rows in groupby(ledger.present(), key=lambda row: row[0]):
            for batch in _batches(rows):
                yield from _compare(label, batch, named)
        for rule, pk in unknown_rows(ledger, provinces, whole=whole):
            yield Finding(
                "row_unmentioned",
                f"{_title(rule.label)} số {pk} ({rule.label}:{pk}) có trong cơ sở dữ liệu nhưng dấu vết không hề nhắc "
                "đến: dòng này đã bị chèn vào.",
                {"model": rule.label, "pk": str(pk)},
            )


def _compare(label: str, batch: list[Any], named: dict[int, Province]) -> Iterator[Finding]:
    rule = RULES.get(label)
    there: dict[str, str] = {}
    if rule is not None:
        rows = rule.model._base_manager.filter(pk__in=[pk for _, pk, *_ in batch])
        there = {str(values["pk"]): rule.seal_of(values) for values in seals.rows_with(rule, rows)}
    for _, pk, sha, province_id, sequence, kept in batch:
        if there.get(pk) == sha:
            continue
        province = named[province_id]
        event = Event.objects.filter(province=province, sequence=sequence).first()
        sealing = f"sự kiện số {sequence}" + (f" ({event.action}, {when(event)})" if event else "")
        about = {
            "province": province.code,
            "model": label,
            "pk": pk,
            "sequence": sequence,
            "action": event.action if event else "",
            "sealed_at": event.happened_at.isoformat() if event else "",
            "kept": bool(kept),
        }
        name = f"{_title(label)} số {pk} ({label}:{pk})"
        if pk in there:
            yield Finding("row_changed", f"{province}: {name} đã bị sửa sau khi được niêm phong bởi {sealing}.", about)
        else:
            yield Finding("row_missing", f"{province}: {name} không còn, dù {sealing} đã niêm phong.", about)


def unknown_rows(ledger: Ledger, provinces: list[Province], *, whole: bool) -> Iterator[tuple[Rule, Any]]:
    """Yield the rows (rule, key) that the trail ought to mention and does not."""
    for rule in RULES.values():
        rows = rule.model._base_manager.order_by("pk")
        if rule.needed is not True:
            rows = rows.filter(rule.needed) if isinstance(rule.needed, Q) else rows.none()
        if not whole:
            if not rule.province:
                continue
            rows = rows.filter(**{f"{rule.province}__in": [province.pk for province in provinces]}).distinct()
        for batch in _batches(rows.values_list("pk", flat=True).iterator(chunk_size=BATCH)):
            known = ledger.known(rule.label, batch)
            for pk in batch:
                if str(pk) not in known:
                    yield rule, pk


def stored_files(provinces: list[Province], *, whole: bool) -> Iterator[Finding]:
    """Yield stored files that are missing or whose bytes are no longer those that were taken."""
    blobs = Blob.objects.order_by("pk")
    if not whole:
        blobs = blobs.filter(pk__in=Document.objects.filter(province__in=provinces).values("blob_id"))
    for batch in _batches(blobs.iterator(chunk_size=BATCH)):
        broken = []
        for blob in batch:
            damage = _damage(blob)
            if damage:
                broken.append((blob, *damage))
        uses: dict[int, list[str]] = {}
        for teller in seals.TELLERS if broken else ():
            for blob_id, sentences in teller([blob.pk for blob, _, _ in broken]).items():
                uses.setdefault(blob_id, []).extend(sentences)
        for blob, code, said in broken:
            used = "; ".join(uses.get(blob.pk, ())) or "không tài liệu nào dùng"
            yield Finding(
                code,
                f"Tệp {blob.path} ({used}): {said}",
                {"blob": blob.pk, "path": blob.path, "sha256": blob.sha256, "used_by": uses.get(blob.pk, [])},
            )


def _damage(blob: Blob) -> tuple[str, str] | None:
    """Return a code and a sentence when the stored bytes are not the ones that were taken."""
    try:
        content = default_storage.open(blob.path)
    except FileNotFoundError:
        return "file_missing", "không còn trong kho tệp."
    digest, size = hashlib.sha256(), 0
    with content:
        while piece := content.read(PIECE):
            digest.update(piece)
            size += len(piece)
    if size != blob.size:
        return "file_changed", f"dài {size} byte, khi nhận là {blob.size} byte."
    if digest.hexdigest() != blob.sha256:
        return "file_changed", f"nội dung đã bị sửa: SHA-256 nay là {digest.hexdigest()}, khi nhận là {blob.sha256}."
    return None


# How many rows that follow from removed events are kept by name.
MOST_NAMED = 100


class Removals:
    """Events that were removed, with the rows that only they can have told of.

    Such a row is not proved either way: the removed event may have sealed it, or somebody slipped it in. So it is
    named in the finding about the removal, not as one more thing that was tampered with.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.rows: dict[int, list[str]] = {}
        self.more: dict[int, int] = {}

    def take(self, finding: Finding) -> bool:
        """Tell whether a finding is about a removal, or follows from one; it is kept then."""
        if finding.code == "event_removed":
            self.findings.append(finding)
            return True
        at = self._explained(finding)
        if at is None:
            return False
        rows = self.rows.setdefault(at, [])
        if len(rows) < MOST_NAMED:
            rows.append(f"{finding.about['model']}:{finding.about['pk']}")
        else:
            self.more[at] = self.more.get(at, 0) + 1
        return True

    def _explained(self, finding: Finding) -> int | None:
        """Return which removal explains a finding: an unknown row, or a changed open row sealed before it."""
        if finding.code not in ("row_unmentioned", "row_changed") or not self.findings:
            return None
        province = finding.about.get("province") or _province_of(finding)
        for at, removal in enumerate(self.findings):
            if province and removal.about["province"] != province:
                continue
            if finding.code == "row_unmentioned":
                return at
            if not finding.about["kept"] and finding.about["sequence"] < removal.about["sequence"]:
                return at
        return None

    def told(self) -> Iterator[Finding]:
        """Yield the removals with what follows from them."""
        for at, removal in enumerate(self.findings):
            rows, more = self.rows.get(at, []), self.more.get(at, 0)
            message = removal.message
            if rows:
                message += (
                    f" Vì vậy không chứng minh được {len(rows) + more} dòng mà chỉ sự kiện đã xóa có thể nhắc đến: "
                    f"{', '.join(rows)}{f' và {more} dòng khác' if more else ''}."
                )
            yield Finding(removal.code, message, {**removal.about, "unproved": rows, "unproved_more": more})


def _province_of(finding: Finding) -> str:
    """Return the code of the province that a row belongs to; empty when it belongs to no single one."""
    rule = RULES[finding.about["model"]]
    if not rule.province:
        return ""
    rows = rule.model._base_manager.filter(pk=finding.about["pk"])
    return Province.objects.filter(pk__in=rows.values(rule.province)).values_list("code", flat=True).first() or ""


def everything(provinces: list[Province], *, whole: bool) -> Iterator[Finding]:
    """Yield every finding: chains, rows, files, and what the storeys above prove."""
    removals = Removals()
    for province in provinces:
        for finding in chain(province):
            if not removals.take(finding):
                yield finding
    for finding in sealed_rows(provinces, whole=whole):
        if not removals.take(finding):
            yield finding
    yield from removals.told()
    yield from stored_files(provinces, whole=whole)
    for province in provinces:
        for checker in seals.CHECKS:
            yield from checker(province.pk)
