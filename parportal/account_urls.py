"""Log-in and password pages of django-allauth that a closed portal needs; accounts are made by administrators."""

from allauth.account import views
from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/change/", views.password_change, name="account_change_password"),
    # Nobody signs up; the log-in page asks for this address all the same.
    path("signup/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
]
