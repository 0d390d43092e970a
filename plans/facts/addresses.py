"""Addresses of the pages to which rows link."""

from django.urls import reverse


def assignment_url(assignment_id: int) -> str:
    """Return the address of a task's page (same as ``plans:assignment_detail``, without asking the resolver)."""
    return f"{reverse('plans:assignment_list')}{assignment_id}/"


def agency_url(agency_id: int) -> str:
    """Return the address of an agency's page."""
    return reverse("plans:agency_detail", args=[agency_id])


def report_url(assignment_id: int, period_code: str) -> str:
    """Return the address of the form (same as ``plans:progress_edit``)."""
    return f"{assignment_url(assignment_id)}bao-cao/{period_code}/"
