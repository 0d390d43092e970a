"""The technical administration of the directory, for administrators only, each in their own provinces.

It keeps agencies, groups, designations, people and their roles. Plans, reports, decisions and the trail have no
page here: no administrator can write a report for an agency.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.db import models as fields
from django.db.models import Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from agencies import calendar, models
from agencies.actions import directory, jobs, trail
from agencies.permissions import Permission


def _provinces(request: HttpRequest) -> Q | None:
    """Return the administrator's provinces as a set of ids in a condition; None for the installer (all)."""
    user = request.user
    assert isinstance(user, models.User)
    if user.is_installer:
        return None
    return Q(pk__in=user.provinces_with(Permission.DIRECTORY_MANAGE))


def _tell(request: HttpRequest, province_id: int, row: fields.Model, form: Any, change: bool) -> None:
    """Leave one event of a row entered or changed here."""
    by = request.user
    assert isinstance(by, models.User)
    trail.record(
        province_id=province_id,
        action=f"{row._meta.model_name}.{'change' if change else 'add'}",
        subject=row,
        before={name: str(form.initial.get(name)) for name in form.changed_data if change},
        after={name: str(form.cleaned_data.get(name)) for name in form.changed_data if "password" not in name},
        by=by,
    )


class _Choices:
    """Offers only agencies, groups and provinces that the administrator keeps."""

    def formfield_for_foreignkey(
        self, db_field: fields.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer only what the administrator keeps."""
        mine = _provinces(request)
        if mine is not None:
            kept = models.Province.objects.filter(mine)
            target = db_field.related_model
            if target is models.Province:
                kwargs["queryset"] = kept
            elif target in (models.Agency, models.AgencyGroup):
                kwargs["queryset"] = target._default_manager.filter(province__in=kept)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and leave a trace."""
        super().save_model(request, obj, form, change)
        province_id = obj.pk if isinstance(obj, models.Province) else obj.province_id
        _tell(request, province_id, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: fields.Model | None = None) -> bool:
        """Nothing is deleted: it ends on a day."""
        return False


@admin.register(models.Province)
class ProvinceAdmin(OfMyProvinces):
    """Provinces (an installer adds them)."""

    list_display = ("name", "code", "valid_from", "valid_to")
    province_path = "pk"

    def get_readonly_fields(self, request: HttpRequest, obj: fields.Model | None = None) -> tuple[str, ...]:
        """A code is given once."""
        return () if obj is None else ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the installer adds a province."""
        return _provinces(request) is None


class NameInline(admin.TabularInline):
    """Names over time."""

    model = models.AgencyName
    extra = 0


@admin.register(models.Agency)
class AgencyAdmin(OfMyProvinces):
    """Agencies."""

    list_display = ("name", "code", "province", "kind", "confirmed", "valid_from", "valid_to")
    list_filter = ("kind", "confirmed")
    search_fields = ("name", "code")
    inlines = (NameInline,)


class GroupMembershipInline(_Choices, admin.TabularInline):
    """Members of a group."""

    model = models.GroupMembership
    extra = 0


@admin.register(models.AgencyGroup)
class AgencyGroupAdmin(OfMyProvinces):
    """Groups and their members over time."""

    list_display = ("name", "province")
    inlines = (GroupMembershipInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the members; the plans that name the group follow at once."""
        super().save_related(request, form, formsets, change)
        group = form.instance
        by = request.user if isinstance(request.user, models.User) else None
        jobs.enqueue(kind=directory.FOLLOW_GROUP, subject=group, province_id=group.province_id, by=by)


@admin.register(models.Designation)
class DesignationAdmin(OfMyProvinces):
    """Standing office and second reviewing body."""

    list_display = ("province", "role", "agency", "valid_from", "valid_to")


class PersonForm(UserCreationForm):
    """A new person with a first password."""

    class Meta:
        model = models.User
        fields = ("username", "full_name", "title", "email")

    def clean_email(self) -> str | None:
        """Keep an unknown address unknown."""
        return self.cleaned_data["email"] or None


@admin.register(models.User)
class PersonAdmin(UserAdmin):
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
        people = super().get_queryset(request)
        mine = _provinces(request)
        if mine is None:
            return people
        kept = models.Province.objects.filter(mine)
        # Who works in another province by now is that province's: an old administrator resets no password there.
        moved = models.Membership.objects.exclude(province__in=kept).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=calendar.today())
        )
        return (
            people.filter(Q(memberships__province__in=kept) | Q(memberships__isnull=True), is_installer=False)
            .exclude(pk__in=moved.values("user"))
            .distinct()
        )

    def save_model(self, request: HttpRequest, obj: models.User, form: Any, change: bool) -> None:
        """Save, and leave a trace in the administrator's own province."""
        super().save_model(request, obj, form, change)
        by = request.user
        assert isinstance(by, models.User)
        for province_id in sorted(by.provinces_with(Permission.DIRECTORY_MANAGE))[:1]:
            _tell(request, province_id, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: fields.Model | None = None) -> bool:
        """People are locked, not deleted."""
        return False


@admin.register(models.Membership)
class MembershipAdmin(OfMyProvinces):
    """Roles over time: they are given and ended through the verbs, so that the trail tells who did it."""

    list_display = ("user", "role", "agency", "valid_from", "valid_to")
    list_filter = ("role",)
    search_fields = ("user__full_name", "user__username", "agency__name")
    autocomplete_fields = ("user",)

    def get_fields(self, request: HttpRequest, obj: fields.Model | None = None) -> tuple[str, ...]:
        """A new role starts on a day; an existing one can only be ended."""
        return ("user", "agency", "role", "valid_from") if obj is None else ("user", "agency", "role", "valid_to")

    def get_readonly_fields(self, request: HttpRequest, obj: fields.Model | None = None) -> tuple[str, ...]:
        """Who, where and what never change afterwards."""
        return () if obj is None else ("user", "agency", "role")

    def save_model(self, request: HttpRequest, obj: models.Membership, form: Any, change: bool) -> None:
        """Give or end the role through its verb."""
        by = request.user
        assert isinstance(by, models.User)
        if change:
            directory.leave(membership=obj, last_day=obj.valid_to or calendar.today(), by=by)
            return
        given = directory.join(
            user=obj.user, agency=obj.agency, role=obj.role, valid_from=obj.valid_from or calendar.today(), by=by
        )
        obj.pk, obj.province_id = given.pk, given.province_id
        obj._state.adding = False


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

    def has_change_permission(self, request: HttpRequest, obj: fields.Model | None = None) -> bool:
        """What became of a letter is not for people to say."""
        return False
