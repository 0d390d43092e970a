"""What every door of the API shares: one shape of rows, errors, downloads, and writes that say what they read.

Addresses, bodies and codes are English; sentences for people (``message``) are Vietnamese.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse
from django.utils.http import quote_etag
from django_filters import rest_framework as filters
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import exceptions, mixins, parsers, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.errors import Invalid, PortalError, PreconditionRequired
from agencies.models import Blob, User
from agencies.text import fold

# Identifiers in addresses: never so long that a database refuses the number.
ID = r"[0-9]{1,18}"
LARGEST_ID = 10**18 - 1


class NotVisible(PortalError):
    """A row named in a body does not exist, or the caller may not see it: the same answer for both."""

    status = 404


class TooLarge(PortalError):
    """The body is larger than the portal reads."""

    status = 413


# --- what a write read ---------------------------------------------------------------------------------------

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag of the revision this write is based on, for example `"7"`.',
)
ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 201, 204, 304],
    description="The revision that this answer shows or made; send it as If-Match with the next write.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="An ETag read before; the answer is 304 without a body while it is current.",
)


def revision_of(request: Request) -> int:
    """Return the revision that a write says it read (``If-Match: "7"``).

    Raises PreconditionRequired (428) without a readable header.
    """
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not (given.isascii() and given.isdecimal() and len(given) <= 10):
        raise PreconditionRequired(
            "if_match_required",
            "Hãy gửi tiêu đề If-Match với giá trị ETag nhận được khi đọc, để không ghi đè thay đổi của người khác.",
        )
    return int(given)


def tagged(response: Response, revision: int) -> Response:
    """Put the revision on an answer; it differs by person, so caches must ask again."""
    response["ETag"] = quote_etag(str(revision))
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept, Authorization, Cookie"
    return response


# --- fields --------------------------------------------------------------------------------------------------


class Day(serializers.DateField):
    """A day in ISO 8601."""

    default_error_messages = {
        "invalid": "Ngày phải có thật và ghi theo dạng YYYY-MM-DD, ví dụ 2021-12-31.",
        "datetime": "Cần một ngày, không phải một thời điểm.",
    }


class Number(serializers.DecimalField):
    """A decimal, as a string with a point (``"12.5"``): never a float, never grouped."""

    default_error_messages = {
        "invalid": "Cần một số, phần thập phân sau dấu chấm, không có dấu phân nhóm, ví dụ 12.5.",
        "max_digits": "Số có quá nhiều chữ số (nhiều nhất {max_digits}).",
        "max_decimal_places": "Nhiều nhất {max_decimal_places} chữ số thập phân.",
        "max_whole_digits": "Phần nguyên có quá nhiều chữ số (nhiều nhất {max_whole_digits}).",
    }

    def __init__(self, max_digits: int = 18, decimal_places: int = 4, **options: Any) -> None:
        super().__init__(max_digits, decimal_places, normalize_output=True, **options)


class Reference(serializers.IntegerField):
    """The id of another row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)


class RowSerializer(serializers.Serializer):
    """A row of a list, read as values: the source of each field is the column it is read from.

    A computed field names what it reads in ``reads``.
    """

    reads: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the columns to fetch."""
        named = [str(field.source or name) for name, field in cls().fields.items()]
        return tuple(dict.fromkeys([*(name for name in named if name != "*"), *cls.reads]))


class BodySerializer(serializers.Serializer):
    """A body sent to the portal. A field nobody knows is refused: a typing mistake must not lose a figure."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown fields, then read the known ones."""
        if isinstance(data, dict):
            unknown = {
                str(name): ["Không có trường này."]
                for name in data
                if name not in self.fields or self.fields[name].read_only
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class ErrorSerializer(serializers.Serializer):
    """Every refused request."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="What is wrong and what to do, in Vietnamese.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="Field name → its own sentence; empty when no field is to blame."
    )


class NamedSerializer(serializers.Serializer):
    """A row shown by its id and name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class JSONParser(parsers.JSONParser):
    """JSON of bounded size and depth."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Refuse what is too large before reading it."""
        length = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("nested too deeply") from error


# --- filters -------------------------------------------------------------------------------------------------


class Text(filters.CharFilter):
    """A short text."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, max_length=200, **options)


class WholeField(forms.IntegerField):
    """A whole number: ``1.5`` is refused, not cut."""

    def to_python(self, value: Any) -> Any:
        """Read digits only."""
        text = str(value or "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 18):
            raise forms.ValidationError("Cần một số nguyên không âm.", code="invalid")
        return int(text)


@extend_schema_field(OpenApiTypes.INT)
class Whole(filters.NumberFilter):
    """A whole number, such as an id or a year."""

    field_class = WholeField

    def get_max_validator(self) -> None:
        """The field itself bounds the number."""
        return None


def one_of(choices: Any, *args: Any, **options: Any) -> filters.ChoiceFilter:
    """Return a filter on a fixed set of values, described by the values alone."""
    values = [value for value, _ in choices]
    return extend_schema_field({"type": "string", "enum": values})(
        filters.ChoiceFilter(*args, choices=choices, **options)
    )


def words(text: str) -> list[str]:
    """Return the folded words that a search asks for."""
    return fold(text).split()


# --- views ---------------------------------------------------------------------------------------------------


class Schema(AutoSchema):
    """Stable operation ids (``progress_submit``) and the errors every operation may answer."""

    def get_operation_id(self) -> str:
        """Return ``<resource>_<verb>``."""
        basename, action = getattr(self.view, "basename", None), getattr(self.view, "action", None)
        if not basename or not action:
            return super().get_operation_id()
        return f"{basename}_{action}".replace("-", "_")

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        answers = super()._get_response_bodies(direction)
        expected = {"401": "No valid key or session.", "429": "Too many requests."}
        if "{" in self.path:
            expected["404"] = "No such row, or not the caller's to see."
        if self._is_list_view():
            expected["400"] = "A filter has a value that cannot be read."
            expected["404"] = "No such page."
        if self.method in ("POST", "PATCH"):
            expected |= {
                "400": "A field cannot be read (code `invalid`, with `fields`).",
                "403": "The caller may see the row but not take this step.",
                "409": "Somebody was faster (`stale_revision`), or the state no longer allows it.",
                "413": "The body is too large.",
                "422": "Readable, but against the rules of the work.",
            }
            expected.setdefault("404", "A row named in the body does not exist, or is not the caller's to see.")
        if any(parameter.name == "If-Match" for parameter in self._header_parameters()):
            expected |= {
                "403": "The caller may see the row but not take this step.",
                "409": "Somebody was faster (`stale_revision`), or the state no longer allows it.",
                "428": "The If-Match header is missing or unreadable.",
            }
        for code, description in sorted(expected.items()):
            if code not in answers:
                answers[code] = self._get_response_for_code(OpenApiResponse(ErrorSerializer, description), code)
        return answers

    def _header_parameters(self) -> list[OpenApiParameter]:
        return [parameter for parameter in self.get_override_parameters() if isinstance(parameter, OpenApiParameter)]


class Door(ABC, viewsets.GenericViewSet[Any]):
    """A resource. ``rows`` is what the caller may see; everything else starts from it."""

    schema = Schema()
    parser_classes = [JSONParser]
    metadata_class = None
    lookup_value_regex = ID
    # The serializer of lists, read as values; without one lists use ``serializer_class``.
    row_class: ClassVar[type[RowSerializer] | None] = None

    @property
    def person(self) -> User:
        """The caller."""
        assert isinstance(self.request.user, User)
        return self.request.user

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """Return the rows that the caller may see, in a stable order."""

    def get_serializer_class(self) -> Any:
        """Return the row serializer for lists."""
        if self.action == "list" and self.row_class is not None:
            return self.row_class
        return super().get_serializer_class()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the visible rows, as values where rows are what is shown."""
        rows = self.rows()
        shown = self.get_serializer_class()
        return rows.values(*shown.columns()) if issubclass(shown, RowSerializer) else rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_context(self) -> dict[str, Any]:
        """Give serializers the business day and the caller."""
        return {**super().get_serializer_context(), "today": calendar.today(), "person": self.request.user}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answer JSON whatever is accepted: a client that asks for a PDF can still read an error."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer for what Django would answer with a page, and flatten nested complaints."""
        if isinstance(exc, RequestDataTooBig):
            limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1048576
            exc = TooLarge("body_too_large", f"Dữ liệu gửi lên vượt giới hạn {limit} MB.")
        elif isinstance(exc, SuspiciousOperation):
            exc = exceptions.ParseError()
        if isinstance(exc, exceptions.ValidationError) and isinstance(exc.detail, dict):
            exc = exceptions.ValidationError({_clean(name): _flat(said) for name, said in exc.detail.items()})
        return super().handle_exception(exc)

    def body(self, serializer: type[serializers.Serializer], **options: Any) -> dict[str, Any]:
        """Return the body as the serializer reads it. Raises ValidationError (400, with fields)."""
        reader = serializer(data=self.request.data, context=self.get_serializer_context(), **options)
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)


def _clean(text: Any) -> str:
    """Return a text that can be sent: complaints repeat what was given, lone surrogates too."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _flat(said: Any) -> list[str]:
    if isinstance(said, dict):
        return [f"{_clean(name)}: {' '.join(_flat(one))}" for name, one in said.items()]
    if isinstance(said, list):
        return [text for one in said for text in _flat(one)]
    return [_clean(said)]


class ReadDoor(mixins.ListModelMixin, mixins.RetrieveModelMixin, Door):
    """A resource that is only read."""


def download(blob: Blob, name: str) -> FileResponse:
    """Return a kept file as an attachment that no browser runs. Raises NotVisible when the file is gone."""
    try:
        content = default_storage.open(blob.path)
    except FileNotFoundError as error:
        raise NotVisible("file_missing", "Không tìm thấy nội dung tệp trong kho. Hãy báo quản trị hệ thống.") from error
    response = FileResponse(content, as_attachment=True, filename=name, content_type=blob.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def blamed(error: Invalid, **names: str) -> Invalid:
    """Return the error with the fields named as the API names them (``files="file"``)."""
    return Invalid(
        error.code, error.message, fields={names.get(name, name): said for name, said in error.fields.items()}
    )
