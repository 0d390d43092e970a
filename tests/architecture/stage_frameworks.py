"""Frameworks on the stage of the permission matrix: the province's own, its next version, and the whole country's."""

import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.actions import frameworks
from indicators.models import Framework
from parportal.access_lines import Row
from tests.conftest import Small
from tests.indicators.framework_files import as_file, whole

MARK = "mark-framework"
NEW = whole(framework={"code": "ma-tran-moi", "version": "mới"})


def build(small: Small) -> dict[Row, dict[str, Any]]:
    """Enter the frameworks; returns what addresses of each need."""
    by = small.who("snv.chuyenvien")

    def taken(code: str, version: str, *, own: bool) -> Framework:
        content = whole(framework={"code": code, "version": version})
        done = frameworks.take(
            content=as_file(content), province=small.province if own else None, by=by if own else None
        )
        assert done.framework is not None
        return done.framework

    own = taken("ma-tran", f"Bộ {MARK}", own=True)
    later = whole(framework={"code": "ma-tran-2027", "version": "2027", "year_from": 2027, "previous": "ma-tran"})
    following = frameworks.take(content=as_file(later), province=small.province, by=by).framework
    assert following is not None
    national = taken("ca-nuoc", "chung", own=False)
    return {
        Row.FRAMEWORK: named(own),
        Row.NEXT_FRAMEWORK: named(following),
        Row.NATIONAL_FRAMEWORK: named(national),
    }


def named(framework: Framework) -> dict[str, Any]:
    """Return what addresses of a framework need."""
    return {"code": framework.code, "pk": framework.pk, "id": framework.pk, "form": "json", "component": "1.1"}


def confirmed(stage: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Return the proposal as the page shows it."""
    from indicators.facts.frameworks import crosswalk_page
    from indicators.views.frameworks import seal_of

    framework = Framework.objects.select_related("copied_from").get(pk=row["pk"])
    assert framework.copied_from is not None
    return {"proposal": seal_of(crosswalk_page(framework, framework.copied_from))}


BODIES: dict[tuple[str, Row], Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    ("indicators:framework_crosswalk", Row.NEXT_FRAMEWORK): confirmed,
    ("indicators:framework_copy", Row.FRAMEWORK): lambda stage, row: {"version": "2030", "year_from": "2030"},
    ("indicators:framework_copy", Row.NATIONAL_FRAMEWORK): lambda stage, row: {
        "version": "của tỉnh",
        "year_from": "2030",
    },
    ("indicators:framework_import", Row.NONE): lambda stage, row: {"draft": json.dumps(NEW)},
    ("api:framework-import", Row.NONE): lambda stage, row: {
        "file": SimpleUploadedFile("bo.json", json.dumps(NEW).encode())
    },
}
