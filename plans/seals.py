"""Which rows of plans are sealed, and by the events of which subjects (see ``agencies.seals``)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from agencies import seals
from agencies.models import Blob, Document
from plans.models import (
    Amendment,
    Assignment,
    Decision,
    DutyReceipt,
    DutyRequest,
    DutyTransfer,
    EvidenceLink,
    EvidenceReplacement,
    PeriodClose,
    PeriodReopening,
    Plan,
    Progress,
    ProgressVersion,
    Remark,
    Reminder,
    ReportingPeriod,
    Ruling,
    Section,
    Target,
    TargetBaseline,
    TargetVersion,
    Task,
    TaskComponent,
    TaskMilestone,
    TaskParty,
    TaskQuantity,
    TaskVersion,
    WindowException,
)

# Today's standing: derived, proved by ``plans.facts.recorded.drifted``.
DERIVED_OF_ASSIGNMENT = ("state", "done_on", "due_on", "due_origin", "reported_at")
# Today's reading of versions and rulings.
DERIVED_OF_TASK = ("current", "search_text", "done_rule", "done_share", "finished_on")


def _issued(path: str) -> Q:
    return ~Q(**{f"{path}state": Plan.State.DRAFTING})


def _counts(path: str = "") -> Q:
    """Return "not the proposal of an amendment": a draft's rows are edited and taken off again."""
    return Q(**{f"{path}amendment__isnull": True}) | Q(**{f"{path}amendment__state": Amendment.State.CONFIRMED})


def _text_of(model: type[Any], plan: str, version: str = "") -> Callable[[Plan], "QuerySet[Any]"]:
    """Return the path from a plan to rows of its text (proposals hang on their amendment alone)."""
    return lambda subject: model._base_manager.filter(_counts(version), **{plan: subject.pk})


def tasks_of(plan: Plan) -> "QuerySet[Task, Task]":
    """Return the tasks of a plan that have been in force."""
    return Task.objects.filter(plan=plan, current__isnull=False)


def targets_of(plan: Plan) -> "QuerySet[Target, Target]":
    """Return the targets of a plan that its own text or a confirmed amendment set."""
    return Target.objects.filter(_set_by_the_text(), plan=plan).distinct()


def _set_by_the_text() -> Q:
    return Q(versions__amendment__isnull=True) | ~Q(versions__amendment__state=Amendment.State.DRAFT)


def documents_of(progress: Progress) -> "QuerySet[Document, Document]":
    """Return the documents shown with any version of a report."""
    return Document.objects.filter(pk__in=EvidenceLink.objects.filter(version__progress=progress).values("document_id"))


def files_of(progress: Progress) -> "QuerySet[Blob, Blob]":
    """Return the files behind them."""
    return Blob.objects.filter(pk__in=documents_of(progress).values("blob_id"))


def duties_of(duty: Assignment) -> "QuerySet[Assignment, Assignment]":
    """Return a duty and those that go on with it."""
    return Assignment.objects.filter(Q(pk=duty.pk) | Q(succeeds=duty.pk))


def duties_asked_of(request: DutyRequest) -> "QuerySet[Assignment, Assignment]":
    """Return the duty that a request is about and the one that took its place."""
    return Assignment.objects.filter(Q(pk=request.assignment_id) | Q(pk=request.reassigned_to_id))


def rulings_of(request: DutyRequest) -> "QuerySet[Ruling, Ruling]":
    """Return what was ruled because of a request: the new day, or the days the successor brings with it."""
    ruled = Q(request=request.pk)
    if request.reassigned_to_id is not None:
        ruled |= Q(assignment=request.reassigned_to_id)
    return Ruling.objects.filter(ruled)


def paper_of(*subjects: type[Any]) -> None:
    """Seal the document of subjects, and its file, by their events."""
    for subject in subjects:
        seals.hang(Document, on=subject, path=lambda row: Document.objects.filter(pk=row.document_id))
        seals.hang(Blob, on=subject, path=lambda row: Blob.objects.filter(documents=row.document_id))


def uses(blob_ids: list[int]) -> Mapping[int, list[str]]:
    """Return the documents behind stored files and the tasks that show them, as sentences."""
    tasks: dict[int, dict[str, None]] = defaultdict(dict)
    for document_id, code, plan, agency in (
        EvidenceLink.objects.filter(document__blob_id__in=blob_ids)
        .order_by("pk")
        .values_list(
            "document_id",
            "version__progress__assignment__task__code",
            "version__progress__assignment__task__plan__code",
            "version__progress__assignment__agency__name",
        )
    ):
        tasks[document_id][f"nhiệm vụ {code} của {agency} ({plan})"] = None
    found: dict[int, list[str]] = defaultdict(list)
    for document in Document.objects.filter(blob_id__in=blob_ids).order_by("pk"):
        marks = f", số {document.number}" if document.number else ""
        where = ", ".join(tasks.get(document.pk, ())) or "không nhiệm vụ nào"
        found[document.blob_id].append(f"“{document.original_name}”{marks}, {where}")
    return found


def register() -> None:
    """Declare them all."""
    seals.tell_uses(uses)
    # A report with everything it said.
    sent = Q(submitted_at__isnull=False)
    decided = Q(version__decision__isnull=False)
    seals.seal(Progress, kept=False)
    seals.seal(ProgressVersion, on={Progress: "progress"}, kept=sent, province="progress__province_id")
    seals.seal(Decision, on={Progress: "version__progress"}, province="version__progress__province_id")
    seals.seal(
        EvidenceLink, on={Progress: "version__progress"}, kept=decided, province="version__progress__province_id"
    )
    seals.seal(Remark, on={Progress: "version__progress"}, province="version__progress__province_id")
    seals.seal(
        EvidenceReplacement, on={Progress: "link__version__progress"}, province="link__version__progress__province_id"
    )
    seals.hang(Document, on=Progress, path=documents_of)
    seals.hang(Blob, on=Progress, path=files_of)

    # An amendment with its lines, the duties it moved, and the decision's file.
    seals.seal(Amendment, kept=~Q(state=Amendment.State.DRAFT))
    paper_of(Amendment)

    # A plan with its whole text: frozen once it is issued, unknown to the trail while it is being drafted.
    seals.seal(Plan, kept=False)
    seals.seal(Section, on={Plan: "plan"}, kept=False, needed=_issued("plan__"), province="plan__province_id")
    seals.seal(
        Task,
        on={Plan: tasks_of, Amendment: "versions__amendment"},
        without=DERIVED_OF_TASK,
        kept=_issued("plan__") & Q(current__isnull=False),
        needed=_issued("plan__") & Q(current__isnull=False),
    )
    # A target that only a draft adds may go again.
    seals.seal(Target, on={Plan: targets_of, Amendment: "versions__amendment"}, kept=False, needed=_issued("plan__"))
    # Since when it is known, the event that added it says; ``plans.facts.period_proof`` compares them.
    seals.seal(ReportingPeriod, on={Plan: "plan"}, without=("known_from",), kept=False, needed=_issued("plan__"))
    seals.seal(
        TargetVersion,
        on={Plan: _text_of(TargetVersion, "target__plan"), Target: "target", Amendment: "amendment"},
        kept=_issued("target__plan__") & _counts(),
        needed=_issued("target__plan__") & _counts(),
        province="target__province_id",
    )
    seals.seal(
        TaskVersion,
        on={Plan: _text_of(TaskVersion, "task__plan"), Task: "task", Amendment: "amendment"},
        kept=_issued("task__plan__") & _counts(),
        needed=_issued("task__plan__") & _counts(),
        province="task__province_id",
    )
    parts: tuple[Any, ...] = (TaskParty, TaskComponent, TaskQuantity, TaskMilestone)
    for part in parts:
        seals.seal(
            part,
            on={
                Plan: _text_of(part, "version__task__plan", "version__"),
                Task: "version__task",
                Amendment: "version__amendment",
            },
            kept=_issued("version__task__plan__") & _counts("version__"),
            needed=_issued("version__task__plan__") & _counts("version__"),
            province="version__task__province_id",
        )
    seals.seal(
        Assignment,
        on={
            Assignment: duties_of,
            Plan: "task__plan",
            Task: "task",
            Amendment: "task__versions__amendment",
            DutyRequest: duties_asked_of,
        },
        without=DERIVED_OF_ASSIGNMENT,
        kept=False,
    )

    # What is asked and ruled about duties, and what became of them in a reorganisation.
    seals.seal(DutyRequest, kept=~Q(state=DutyRequest.State.OPEN))
    seals.seal(
        Ruling,
        on={
            DutyRequest: rulings_of,
            Assignment: lambda duty: Ruling.objects.filter(assignment__in=duties_of(duty)),
        },
    )
    seals.seal(DutyTransfer, on={Assignment: "assignment"})
    seals.seal(DutyReceipt, on={Assignment: "transfer__assignment"}, province="transfer__province_id")
    seals.seal(TargetBaseline, on={Target: "target"})
    seals.seal(WindowException)
    # A plan has thousands in the end: each is sealed by its own event alone (``touched``).
    seals.seal(Reminder)
    paper_of(DutyRequest, Ruling, WindowException)

    # Closed periods and their reopenings.
    seals.seal(PeriodClose)
    seals.seal(PeriodReopening)
