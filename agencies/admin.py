"""The technical administration of the directory, for administrators only."""

from django.contrib import admin

from agencies import models


@admin.register(models.Province)
class ProvinceAdmin(admin.ModelAdmin):
    """Provinces."""

    list_display = ("name", "code", "valid_from", "valid_to")


class NameInline(admin.TabularInline):
    """Names over time."""

    model = models.AgencyName
    extra = 0


@admin.register(models.Agency)
class AgencyAdmin(admin.ModelAdmin):
    """Agencies."""

    list_display = ("name", "code", "province", "kind", "confirmed", "valid_from", "valid_to")
    list_filter = ("province", "kind", "confirmed")
    search_fields = ("name", "code")
    inlines = (NameInline,)


class GroupMembershipInline(admin.TabularInline):
    """Members of a group."""

    model = models.GroupMembership
    extra = 0


@admin.register(models.AgencyGroup)
class AgencyGroupAdmin(admin.ModelAdmin):
    """Groups."""

    list_display = ("name", "province")
    inlines = (GroupMembershipInline,)


@admin.register(models.Designation)
class DesignationAdmin(admin.ModelAdmin):
    """Standing office and second reviewing body."""

    list_display = ("province", "role", "agency", "valid_from", "valid_to")
