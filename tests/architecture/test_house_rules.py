"""Rules of the house that a linter does not know."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("agencies", "indicators", "plans", "reports", "parportal")
SOURCES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
CLOCKS = re.compile(r"timezone\.now|timezone\.localdate|datetime\.(now|today|utcnow)|date\.today|time\.time\(|auto_now")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_calendar_asks_what_time_it_is(path):
    if path == ROOT / "agencies" / "calendar.py":
        assert CLOCKS.search(text(path))
    else:
        assert CLOCKS.findall(text(path)) == []


def test_no_app_or_module_has_a_name_that_says_nothing():
    vague = {"helpers", "utils", "common", "core", "manager", "process", "handle", "data", "info", "misc"}
    assert {path.stem for path in SOURCES} & vague == set()


def test_views_and_api_write_only_through_actions():
    writes = re.compile(r"\.(create|bulk_create|update|bulk_update|get_or_create|update_or_create|save|delete)\(")
    # Verbs of the actions modules are allowed: progress.save(…), tokens.revoke(…).
    verbs = re.compile(r"\b(progress|actions|runs|tokens|verbs|progress_actions|serializer)\.(save|create|delete)\(")
    found = []
    for path in SOURCES:
        if "views" in path.parts or "api" in path.parts or path.name in {"api.py", "views.py"}:
            for number, line in enumerate(text(path).splitlines(), 1):
                if writes.search(line) and not verbs.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()}")
    # The one exception: a key to the API remembers when it was last used.
    assert [one for one in found if "last_used_at" not in one] == []


def test_no_source_names_a_machine_or_a_package_host():
    here = str(ROOT.parent)
    hosts = ("pypi" + ".org", "registry.npm" + "js", "files.python" + "hosted")
    for path in [*SOURCES, *ROOT.glob("*.lock"), ROOT / "package-lock.json", *ROOT.glob("docs/**/*.md")]:
        content = text(path)
        assert here + "/" not in content, path
        assert not any(host in content for host in hosts), path


def test_templates_have_no_inline_style_or_handler():
    inline = re.compile(r"\sstyle=\"|\son(click|change|submit|load|input)=\"|javascript:")
    for path in (ROOT / "templates").rglob("*.html"):
        if "pdf" in path.parts:
            continue
        assert inline.findall(text(path)) == [], path


def test_every_owned_row_has_its_province():
    from django.apps import apps

    owned = {
        "Agency", "AgencyGroup", "Designation", "Membership", "Event", "Document", "Job", "Succession", "Plan",
        "Target", "Task", "Assignment", "ReportingPeriod", "Progress", "PlanRollup", "ReportRun", "Result", "Amendment",
        "DutyRequest", "Ruling", "WindowException", "ApprovalRule", "Delegation", "Notice", "Mail", "Reminder",
        "PeriodClose", "PeriodReopening", "ScoreSheet", "Offer",
    }  # fmt: skip
    seen = set()
    for model in apps.get_models():
        if model.__name__ in owned and model._meta.app_label in APPS:
            seen.add(model.__name__)
            assert not model._meta.get_field("province").null, model
    assert seen == owned
