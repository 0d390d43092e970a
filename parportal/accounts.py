"""Log-in rules on top of django-allauth: accounts are made by administrators only, messages are Vietnamese."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from agencies.facts.people import why_no_role
from agencies.models import User

_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up from outside; allauth ships no Vietnamese words, so they stand here."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Tài khoản này đã ngừng hoạt động. Hãy liên hệ quản trị viên.",
        "email_password_mismatch": _WRONG,
        "username_password_mismatch": _WRONG,
        "invalid_login": _WRONG,
        "enter_current_password": "Hãy nhập đúng mật khẩu hiện tại.",
        "incorrect_password": "Mật khẩu không đúng.",
        "too_many_login_attempts": "Đăng nhập sai quá nhiều lần. Hãy thử lại sau ít phút.",
        "rate_limited": "Quá nhiều yêu cầu. Hãy thử lại sau ít phút.",
        "same_as_current": "Mật khẩu mới phải khác mật khẩu hiện tại.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Let in who holds a role today; others read why not, once their password was right.

        An account is never deleted: its roles end, for example when the agency does.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and user.is_active and (said := why_no_role(user)):
            raise ValidationError(said, code="no_role")
        return user
