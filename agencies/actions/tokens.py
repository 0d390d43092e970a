"""Keys to the API: shown once, stored hashed."""

import hashlib
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.errors import Invalid
from agencies.models import ApiToken, User

LONGEST_DAYS = 365


def digest_of(secret: str) -> str:
    """Return the SHA-256 under which a key is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(*, name: str, days: int, by: User) -> tuple[ApiToken, str]:
    """Give a named key that expires; returns the row and the secret, which is not stored."""
    if not name.strip():
        raise Invalid("token_name_required", "Cần đặt tên cho khóa API.", fields={"name": "Cần đặt tên."})
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            "token_days",
            f"Khóa API có hiệu lực từ 1 đến {LONGEST_DAYS} ngày.",
            fields={"days": "Số ngày sai."},
        )
    secret = f"pp_{secrets.token_urlsafe(32)}"
    now = calendar.real_now()
    try:
        with transaction.atomic():
            # A key that has expired no longer holds its name.
            ApiToken.objects.filter(user=by, name=name.strip(), revoked_at__isnull=True, expires_at__lte=now).update(
                revoked_at=now
            )
            token = ApiToken.objects.create(
                user=by,
                name=name.strip(),
                digest=digest_of(secret),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
    except IntegrityError as error:
        raise Invalid("token_name_taken", "Đã có khóa API mang tên này.", fields={"name": "Tên đã dùng."}) from error
    return token, secret


def revoke(*, token: ApiToken, by: User) -> None:
    """End a key at once."""
    ApiToken.objects.filter(pk=token.pk, user=by, revoked_at__isnull=True).update(revoked_at=calendar.real_now())
