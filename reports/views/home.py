"""The first screen: what must I do now? A person with several roles gets several parts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies import calendar
from plans.views.people import person
from reports.facts.home import home_facts


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the parts that the person's roles call for."""
    return render(request, "home.html", {"home": home_facts(person(request), calendar.today())})
