"""Long random lives of reports: no path accepts own work, loses a reason, or makes two counts differ."""

from datetime import datetime, timedelta

import pytest

from agencies import calendar
from agencies.actions.trail import broken_links
from agencies.models import Event
from plans.facts.recorded import drifted
from plans.models import Decision, Progress
from tests.plans.test_two_counts_agree import play

pytestmark = pytest.mark.deep


@pytest.mark.parametrize("seed", range(100, 160))
def test_a_random_life_keeps_every_promise(small, seed):
    last = play(small, seed)
    with calendar.held_at(last + timedelta(days=1)):
        assert drifted(small.plan) == []
    assert broken_links(small.province) == []
    for decision in Decision.objects.select_related("version__progress__assignment", "decided_by"):
        agency = decision.version.progress.assignment.agency_id
        assert agency not in decision.decided_by.agency_ids()
        assert decision.verb == "accept" or decision.reason
        assert decision.decided_at >= decision.version.submitted_at
    for report in Progress.objects.exclude(first_submitted_at=None):
        submissions = Event.objects.about(report).filter(action="progress.submit").count()
        assert report.versions.filter(submitted_at__isnull=False).count() == submissions
        assert report.first_submitted_at == min(
            version.submitted_at for version in report.versions.filter(submitted_at__isnull=False)
        )
    assert datetime(2021, 9, 1, tzinfo=calendar.VIETNAM) < last
