"""People and what they may do on a day."""

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models.agency import Agency, ends_after_start, valid_on
from agencies.models.province import Province
from agencies.permissions import STAND_INS, Permission, Reach, Role, granted


class UserManager(BaseUserManager["User"]):
    """Creates people; log-in names are compared without case."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who can log in."""
        email = fields.pop("email", None)
        user = self.model(username=username.lower(), email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Create the first administrator of an installation (gives the technical administration only)."""
        return self.create_user(username, password, is_installer=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by log-in name, whatever its case."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person. Rights come from dated memberships, never from flags on the account."""

    username = models.CharField("tên đăng nhập", max_length=150, unique=True)
    email = models.EmailField("thư điện tử", unique=True, null=True, blank=True)
    full_name = models.CharField("họ và tên", max_length=150)
    title = models.CharField("chức vụ", max_length=150, blank=True)
    is_active = models.BooleanField("được đăng nhập", default=True)
    is_installer = models.BooleanField("người cài đặt", default=False)
    date_joined = models.DateTimeField("ngày tạo", default=calendar.real_now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = "người dùng"
        verbose_name_plural = "người dùng"
        ordering = ("full_name",)

    def __str__(self) -> str:
        return self.full_name or self.username

    def standing(self, on: date | None = None) -> tuple["Membership", ...]:
        """Return the memberships in force on a day (today unless given), read once per day and object."""
        day = on or calendar.today()
        cache: dict[date, tuple[Membership, ...]] = self.__dict__.setdefault("_standing", {})
        if day not in cache:
            cache[day] = tuple(
                self.memberships.filter(valid_on(day)).select_related("agency", "province").order_by("id")
            )
        return cache[day]

    def forget_standing(self) -> None:
        """Read the memberships again next time."""
        self.__dict__.pop("_standing", None)

    def roles(self) -> frozenset[str]:
        """Return the roles held today."""
        return frozenset(membership.role for membership in self.standing())

    def province_ids(self) -> frozenset[int]:
        """Return the provinces where the person works today."""
        return frozenset(membership.province_id for membership in self.standing())

    def agency_ids(self) -> frozenset[int]:
        """Return the agencies where the person holds any membership today."""
        return frozenset(membership.agency_id for membership in self.standing())

    def agencies_with(self, permission: Permission) -> frozenset[int]:
        """Return the agencies for which the person holds a permission through an own-agency grant."""
        return frozenset(
            membership.agency_id
            for membership in self.standing()
            if granted(membership.role, permission) is Reach.AGENCY
        )

    def provinces_with(self, permission: Permission) -> frozenset[int]:
        """Return the provinces for which the person holds a permission province-wide."""
        return frozenset(
            membership.province_id
            for membership in self.standing()
            if granted(membership.role, permission) is Reach.PROVINCE
        )

    def agencies_granting(self, permission: Permission) -> frozenset[int]:
        """Return the agencies where the very role held there grants a permission, however far it reaches."""
        return frozenset(one.agency_id for one in self.standing() if granted(one.role, permission) is not None)

    def approves_for(self, day: date) -> frozenset[int]:
        """Return the agencies whose reports the person may let leave on a day: as head, or by delegation.

        A delegation holds only while the person works in the agency in a role that may stand in for its head.
        """
        standing = self.standing(day)
        as_head = {
            membership.agency_id
            for membership in standing
            if granted(membership.role, Permission.PROGRESS_APPROVE) is Reach.AGENCY
        }
        member = {membership.agency_id for membership in standing if membership.role in STAND_INS}
        delegated = self.delegations.in_force(day).filter(agency_id__in=member).values_list("agency_id", flat=True)
        return frozenset(as_head.union(delegated)) if member else frozenset()

    def holds(self, permission: Permission, *, province_id: int, agency_id: int | None = None) -> bool:
        """Tell whether the person holds a permission for a province, or for one of its agencies."""
        if province_id in self.provinces_with(permission):
            return True
        return agency_id is not None and agency_id in self.agencies_with(permission)

    # Django's admin asks these. It shows the directory only, to administrators only.
    @property
    def is_staff(self) -> bool:
        """Tell whether the person may open the technical administration."""
        return self.is_active and (self.is_installer or Role.ADMINISTRATOR in self.roles())

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's admin; the portal itself asks ``holds``."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Answer Django's admin."""
        return self.is_staff


class Membership(models.Model):
    """A person's role in an agency for a time."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    role = models.CharField("vai trò", max_length=20, choices=Role)
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày", null=True, blank=True)

    class Meta:
        verbose_name = "vai trò trong cơ quan"
        verbose_name_plural = "vai trò trong cơ quan"
        constraints = [
            models.UniqueConstraint(
                fields=("user", "agency", "role"),
                condition=Q(valid_to__isnull=True),
                name="agencies_membership_one_open",
            ),
            models.CheckConstraint(
                name="agencies_membership_known_role", condition=Q(role__in=[role.value for role in Role])
            ),
            ends_after_start("agencies_membership_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.agency}"

    def clean(self) -> None:
        """Take the province from the agency."""
        if self.agency_id:
            self.province_id = self.agency.province_id


class ApiToken(models.Model):
    """A named, expiring key to the API; only its SHA-256 is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("tên", max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=calendar.real_now)
    expires_at = models.DateTimeField("hết hạn")
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "khóa API"
        verbose_name_plural = "khóa API"
        constraints = [
            models.UniqueConstraint(
                fields=("user", "name"),
                condition=Q(revoked_at__isnull=True),
                name="agencies_apitoken_name_once",
            ),
            models.CheckConstraint(
                name="agencies_apitoken_expires_after_creation",
                condition=Q(expires_at__gt=models.F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
