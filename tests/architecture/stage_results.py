"""Published results on the stage of the permission matrix."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from parportal.access_lines import Row

_TABLE = "index,year,province,value,source\nPAR,2010,Hà Nội,24.5,bảng mới\n".encode()


def rows() -> dict[Row, dict[str, Any]]:
    """Return what addresses of public results need."""
    return {Row.RANKED: {"code": "PAR", "form": "csv"}}


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("ket-qua.csv", _TABLE)


BODIES: dict[tuple[str, Row], Any] = {
    ("indicators:results_import", Row.RANKED): lambda stage, row: {"file": _file(), "step": "nhap"},
    ("api:result-enter", Row.RANKED): lambda stage, row: {"file": _file()},
    ("api:ranking-list", Row.RANKED): lambda stage, row: {"index": "PAR", "year": "2020"},
}
