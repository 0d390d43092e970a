"""The technical administration of the directory, for administrators only, each in their own provinces.

It keeps agencies, groups, designations, people and their roles. Plans, reports, decisions and the trail have no
page here: no administrator can write a report for an agency.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse

from agencies import calendar, models
from agencies.actions import directory, trail
from agencies.actions.keeping import text
from agencies.errors import PortalError
from agencies.permissions import Permission


def _by(request: HttpRequest) -> models.User:
    assert isinstance(request.user, models.User)
    return request.user


def _provinces(request: HttpRequest) -> Q | None:
    """Return the administrator's provinces as a set of ids in a condition; None for the installer (all)."""
    by = _by(request)
    return None if by.is_installer else Q(pk__in=by.provinces_with(Permission.DIRECTORY_MANAGE))


def _said(row: Model, names: Iterable[str]) -> dict[str, str]:
    """Return values of a row as the trail keeps them; no password, not even hashed."""
    values = {name: getattr(row, name) for name in names if "password" not in name}
    return {name: text(value) for name, value in values.items()}


class _Traced:
    """Leaves one event of a row entered or changed, when it and the rows of its inlines have been saved."""

    def told_in(self, request: HttpRequest, obj: Any) -> Iterable[int]:
        """Return the provinces whose trail tells of a row."""
        return [obj.pk if isinstance(obj, models.Province) else obj.province_id]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and remember what was there before."""
        form.was = {}
        if change:
            old = type(obj)._base_manager.select_for_update(of=("self",)).get(pk=obj.pk)
            form.was = _said(old, form.changed_data)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the inlines, and leave the trace (none when nothing of the row changed)."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        row, by = form.instance, _by(request)
        if change and not form.changed_data:
            return
        for province_id in self.told_in(request, row):
            trail.record(
                province_id=province_id,
                action=f"{row._meta.model_name}.{'change' if change else 'add'}",
                subject=row,
                before=form.was,
                after=_said(row, form.changed_data),
                by=by,
            )


class _Choices:
    """Offers only agencies, groups, people and provinces that the administrator keeps."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer only what the administrator keeps."""
        mine = _provinces(request)
        target = db_field.related_model
        if mine is None and target is models.Province:
            kwargs["queryset"] = models.Province.objects.tenants()
        if mine is not None:
            kept = models.Province.objects.filter(mine)
            if target is models.Province:
                kwargs["queryset"] = kept
            elif target in (models.Agency, models.AgencyGroup):
                kwargs["queryset"] = target._default_manager.filter(province__in=kept)
            elif target is models.User:
                kwargs["queryset"] = directory.people_kept_by(_by(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class _ThroughVerbs:
    """Rows that are given and ended through their verbs, which leave the trace."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        """Tell the form who asks."""
        form: type[ModelForm] = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
        form.by = _by(request)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Take the step of a page where something was filled in."""
        if change and "valid_to" in form.changed_data:
            self.change_row(obj, form, _by(request))
        elif not change:
            given = self.add_row(obj, form, _by(request))
            obj.pk, obj.province_id = given.pk, given.province_id
            obj._state.adding = False

    def change_row(self, obj: Any, form: Any, by: models.User) -> None:
        """End the row on the day that was filled in."""
        raise NotImplementedError

    def add_row(self, obj: Any, form: Any, by: models.User) -> Any:
        """Enter the row and return it."""
        raise NotImplementedError


def _agrees(check: Callable[[], None]) -> None:
    """Let a verb's check speak in the form."""
    try:
        check()
    except PortalError as error:
        raise ValidationError(error.message, code=error.code) from error


class OfMyProvinces(_Choices, admin.ModelAdmin):
    """Rows, and choices, of the administrator's provinces only; nothing is deleted (history hangs on it)."""

    province_path = "province"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Start from what the administrator keeps."""
        rows = super().get_queryset(request)
        mine = _provinces(request)
        if mine is None:
            return rows
        kept = models.Province.objects.filter(mine)
        return rows.filter(**{f"{self.province_path}__in": kept}).distinct()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted: it ends on a day."""
        return False


class TenantFilter(admin.SimpleListFilter):
    """Shows the provinces that work with this portal, unless all are asked for."""

    title = "dùng hệ thống này"
    parameter_name = "tat-ca"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the other choice."""
        return [("1", "mọi tỉnh có kết quả")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the tenants."""
        return queryset if self.value() == "1" else queryset.filter(is_tenant=True)


@admin.register(models.Province)
class ProvinceAdmin(_Traced, OfMyProvinces):
    """Provinces (an installer adds them); those that are only ranked are shown when asked for."""

    list_display = ("name", "code", "valid_from", "valid_to")
    list_filter = (TenantFilter,)
    province_path = "pk"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A code is given once; a merger of provinces sets the days."""
        return () if obj is None else ("code", "valid_from", "valid_to")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the installer adds a province."""
        return _provinces(request) is None


class NameInline(admin.TabularInline):
    """Names over time, to be read: a reorganisation changes them."""

    model = models.AgencyName
    fields = ("name", "short_name", "valid_from", "valid_to")
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A new name comes with a decision."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What an agency was called stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What an agency was called stays."""
        return False


@admin.register(models.Agency)
class AgencyAdmin(_Traced, OfMyProvinces):
    """Agencies. Name and dates are given once: after that a reorganisation, with its decision, changes them."""

    list_display = ("name", "code", "province", "kind", "confirmed", "valid_from", "valid_to")
    list_filter = ("kind", "confirmed")
    search_fields = ("name", "code")
    inlines = (NameInline,)
    described = ("kind", "parent", "symbol", "order", "confirmed", "note")
    given_once = ("province", "code", "name", "short_name", "valid_from")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new agency has no last day."""
        return (*self.given_once, *(() if obj is None else ("valid_to",)), *self.described)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Only a decision renames or ends an agency."""
        return () if obj is None else (*self.given_once, "valid_to")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep the first name of a new agency, and leave the trace."""
        if not change:
            directory.keep_first_name(form.instance)
        super().save_related(request, form, formsets, change)


class MemberForm(ModelForm):
    """A member of a group: a new one from a day on; of an existing one only the last day is said."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("agency", "valid_from") if self.instance.pk else ("valid_to",):
            self.fields[name].disabled = True

    def clean(self) -> dict[str, Any] | None:
        """A membership only ends earlier than it was said."""
        cleaned = super().clean()
        if self.instance.pk and "valid_to" in self.changed_data and not self.errors:
            _agrees(lambda: directory.check_shorter(self.instance, self.cleaned_data["valid_to"]))
        return cleaned


class GroupMembershipInline(_Choices, admin.TabularInline):
    """Members of a group."""

    model = models.GroupMembership
    form = MemberForm
    extra = 0
    can_delete = False


@admin.register(models.AgencyGroup)
class AgencyGroupAdmin(_Traced, OfMyProvinces):
    """Groups and their members over time."""

    list_display = ("name", "province")
    inlines = (GroupMembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A group stays where it is."""
        return () if obj is None else ("province", "code")

    def save_formset(self, request: HttpRequest, form: Any, formset: BaseInlineFormSet, change: bool) -> None:
        """Let members join and leave through their verbs; the plans that name the group follow."""
        by, joined, left = _by(request), [], []
        for one in formset.forms:
            if not one.has_changed():
                continue
            row, said = one.instance, one.cleaned_data
            if row.pk:
                directory.leave_group(membership=row, last_day=said["valid_to"], by=by)
                left.append((row, one.changed_data))
            else:
                since = said["valid_from"] or calendar.today()
                joined.append(directory.join_group(group=form.instance, agency=said["agency"], valid_from=since, by=by))
        formset.new_objects, formset.changed_objects, formset.deleted_objects = joined, left, []


class DesignationForm(ModelForm):
    """A new designation, or the last day of one."""

    by: models.User

    def clean(self) -> dict[str, Any] | None:
        """Let the verbs say what they would refuse."""
        cleaned, said = super().clean(), self.cleaned_data
        if self.errors:
            return cleaned
        if self.instance.pk:
            if "valid_to" in self.changed_data:
                _agrees(lambda: directory.check_end_of(self.instance, said["valid_to"]))
        else:
            about = {name: said[name] for name in ("agency", "role", "valid_from", "valid_to")}
            _agrees(lambda: directory.check_designation(**about, by=self.by))
        return cleaned


@admin.register(models.Designation)
class DesignationAdmin(_ThroughVerbs, OfMyProvinces):
    """Standing office and second reviewing body: designated with both days, and ended early at most."""

    form = DesignationForm
    list_display = ("province", "role", "agency", "valid_from", "valid_to")
    fields = ("agency", "role", "document", "valid_from", "valid_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Who was designated, by what and since when stays."""
        return () if obj is None else ("agency", "role", "document", "valid_from")

    def change_row(self, obj: models.Designation, form: Any, by: models.User) -> None:
        """End it."""
        directory.end_designation(designation=obj, last_day=obj.valid_to or calendar.today(), by=by)

    def add_row(self, obj: models.Designation, form: Any, by: models.User) -> models.Designation:
        """Designate."""
        return directory.designate(**form.cleaned_data, by=by)


class PersonForm(UserCreationForm):
    """A new person with a first password."""

    class Meta:
        model = models.User
        fields = ("username", "full_name", "title", "email")

    def clean_email(self) -> str | None:
        """Keep an unknown address unknown."""
        return self.cleaned_data["email"] or None


@admin.register(models.User)
class PersonAdmin(_Traced, UserAdmin):
    """People: the account only. Rights come from memberships."""

    add_form = PersonForm
    list_display = ("full_name", "username", "title", "is_active")
    list_filter = ("is_active",)
    search_fields = ("full_name", "username")
    ordering = ("full_name",)
    filter_horizontal = ()
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("full_name", "title", "email", "is_active")}),
        (None, {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "full_name", "title", "email", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Start from people of the administrator's provinces, and those without any membership yet."""
        return super().get_queryset(request).filter(pk__in=directory.people_kept_by(_by(request)).values("pk"))

    def told_in(self, request: HttpRequest, obj: models.User) -> Iterable[int]:
        """Return where the person works, else where they worked, else the administrator's provinces."""
        by = _by(request)
        held = obj.memberships.order_by()
        now = held.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=calendar.today()))
        return sorted(
            set(now.values_list("province", flat=True))
            or set(held.values_list("province", flat=True))
            or (
                set(models.Province.objects.values_list("pk", flat=True))
                if by.is_installer
                else by.provinces_with(Permission.DIRECTORY_MANAGE)
            )
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Give somebody a new password; that it was done, and by whom, is told, the password never."""
        with transaction.atomic():
            asked = self.get_object(request, unquote(id)) if request.method == "POST" else None
            people = models.User.objects.select_for_update(of=("self",))
            before = people.get(pk=asked.pk) if asked else None
            answer: HttpResponse = super().user_change_password(request, id, form_url)
            after = models.User.objects.get(pk=before.pk) if before else None
            if before and after and before.password != after.password:
                for province_id in self.told_in(request, after):
                    trail.record(
                        province_id=province_id,
                        action="user.password",
                        subject=after,
                        after={"user": after.username, "usable": after.has_usable_password()},
                        by=_by(request),
                    )
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People are locked, not deleted."""
        return False


class RoleForm(ModelForm):
    """A new role, or the last day of one."""

    by: models.User

    def clean(self) -> dict[str, Any] | None:
        """Let the verbs say what they would refuse."""
        cleaned, said = super().clean(), self.cleaned_data
        if self.errors:
            return cleaned
        if self.instance.pk:
            if "valid_to" in self.changed_data:
                _agrees(lambda: directory.check_shorter(self.instance, said["valid_to"]))
        else:
            about = {name: said[name] for name in ("user", "agency", "valid_from")}
            _agrees(lambda: directory.check_join(**about, by=self.by))
        return cleaned


@admin.register(models.Membership)
class MembershipAdmin(_ThroughVerbs, OfMyProvinces):
    """Roles over time."""

    form = RoleForm
    list_display = ("user", "role", "agency", "valid_from", "valid_to")
    list_filter = ("role",)
    search_fields = ("user__full_name", "user__username", "agency__name")
    autocomplete_fields = ("user",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new role starts on a day; an existing one can only be ended."""
        return ("user", "agency", "role", "valid_from") if obj is None else ("user", "agency", "role", "valid_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Who, where and what never change afterwards."""
        return () if obj is None else ("user", "agency", "role")

    def change_row(self, obj: models.Membership, form: Any, by: models.User) -> None:
        """End the role."""
        directory.leave(membership=obj, last_day=obj.valid_to or calendar.today(), by=by)

    def add_row(self, obj: models.Membership, form: Any, by: models.User) -> models.Membership:
        """Give the role."""
        since = obj.valid_from or calendar.today()
        return directory.join(user=obj.user, agency=obj.agency, role=obj.role, valid_from=since, by=by)


@admin.register(models.Mail)
class MailAdmin(OfMyProvinces):
    """Letters and what became of them, read only; what they say is for their readers."""

    list_display = ("day", "person", "address", "state", "attempts", "sent_at", "next_attempt_at")
    list_filter = ("state", "day")
    list_select_related = ("person",)
    fieldsets = (
        (None, {"fields": ("province", "person", "day", "address", "message_id")}),
        (None, {"fields": ("state", "attempts", "created_at", "claimed_at", "next_attempt_at", "sent_at", "error")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The clock writes letters."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What became of a letter is not for people to say."""
        return False
