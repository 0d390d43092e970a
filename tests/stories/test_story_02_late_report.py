"""Story 2: the period closed on 20/9; the report comes on 23/9, by a dated exception only, and stays late."""

from datetime import date

import pytest

from agencies.errors import Invalid, Refused
from agencies.models import Event
from plans.actions import progress, windows
from plans.facts.plan import plan_facts
from plans.facts.windows import window
from plans.models import Progress, WindowException


def late(small, agency="STP", by="snv.thamdinh", until=date(2021, 9, 25), reason="Cơ quan bị mất điện"):
    return windows.allow_late(
        period=small.period("2021-Q3"), agency=small.agencies[agency], reason=reason, expires_on=until, by=small.who(by)
    )


def test_a_late_report_goes_in_only_through_a_dated_exception(small, enter, on):
    with on(20, 9):
        before = plan_facts(small.plan, date(2021, 9, 20))
    with on(23, 9):
        with pytest.raises(Invalid) as closed:
            small.begin(period="2021-Q3")
        assert closed.value.code == "period_closed"
        exception = late(small)
        assert exception.granted_by.username == "snv.thamdinh"
        # For that agency alone.
        with pytest.raises(Invalid):
            small.begin("5", "SYT", "2021-Q3")
        browser = enter("stp.canbo")
        assert "Nộp muộn" in browser.get("/nhiem-vu/").content.decode()
        sent = small.submit(period="2021-Q3")
        accepted = progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
        # Its lateness is that of the first submission against the due date, which did not move.
        assert window(small.period("2021-Q3"), date(2021, 9, 23)).days_late(accepted.first_submitted_at) == 3
        page = enter("stp.canbo").get(f"/nhiem-vu/{accepted.assignment_id}/").content.decode()
        assert "Nộp muộn 3 ngày" in page
        agency = enter("snv.thamdinh").get(f"/co-quan/{small.agencies['STP'].pk}/").content.decode()
        assert "1/1" in agency
        assert "muộn nhất 3 ngày" in agency
        # The figures as of the cut-off and of the due date are what they were.
        assert plan_facts(small.plan, date(2021, 9, 20)) == before
    with on(26, 9), pytest.raises(Invalid):
        small.begin("3", "STP", "2021-Q3")
    event = Event.objects.get(action="window.allow_late")
    assert (event.reason, event.after["expires_on"]) == ("Cơ quan bị mất điện", "2021-09-25")


def test_nobody_lets_the_own_agency_in(small, on):
    with on(23, 9):
        with pytest.raises(Refused) as own:
            late(small, agency="SNV")
        assert own.value.code == "own_agency"
        # The second body decides the standing office's; and only the standing office's.
        assert late(small, agency="SNV", by="vpub.thamdinh").agency == small.agencies["SNV"]
        with pytest.raises(Refused) as other:
            late(small, agency="STP", by="vpub.thamdinh")
        assert other.value.code == "not_designated"
        for name in ("stp.canbo", "stp.thutruong", "lanhdao", "kiemtra", "quantri", "snv.chuyenvien"):
            with pytest.raises(Refused):
                late(small, by=name)
    assert WindowException.objects.count() == 1


def test_an_exception_needs_a_reason_a_day_and_a_closed_period(small, on):
    with on(23, 9):
        for wrong, code in (
            ({"reason": " "}, "reason_required"),
            ({"until": date(2021, 9, 22)}, "expired"),
        ):
            with pytest.raises(Invalid) as refused:
                late(small, **wrong)
            assert refused.value.code == code
    with on(19, 9), pytest.raises(Invalid) as open_still:
        late(small, until=date(2021, 9, 20))
    assert open_still.value.code == "not_needed"
    assert not WindowException.objects.exists()


def test_an_outage_moves_the_due_date_of_everybody_by_a_document(small, enter, on):
    period = small.period("2021-Q3")
    with on(20, 9):
        with pytest.raises(Invalid) as without:
            windows.extend_for_all(
                period=period, reason="Hỏng máy chủ", document_number="", expires_on=date(2021, 9, 24),
                by=small.who("snv.thamdinh"),
            )  # fmt: skip
        assert without.value.code == "document_required"
        answer = enter("snv.thamdinh").post(
            f"/ky/{period.pk}/ngoai-le/su-co/",
            {"document_number": "99/SNV-CCHC", "expires_on": "24/09/2021", "reason": "Hỏng máy chủ"},
            follow=True,
        )
        page = answer.content.decode()
        assert "Đã gia hạn kỳ" in page
        assert "gia hạn từ 20/09/2021" in page
    with on(23, 9):
        sent = small.submit("5", "SYT", "2021-Q3")
        assert window(period, date(2021, 9, 23)).days_late(sent.first_submitted_at) == 0
        queue = enter("snv.thamdinh").get("/duyet/").content.decode()
        assert "Nộp đúng hạn" in queue
        assert "hạn nộp 24/09/2021" in queue
    with on(25, 9), pytest.raises(Invalid):
        small.begin("3", "STP", "2021-Q3")


def test_the_screen_lets_one_agency_in_and_shows_who_granted_it(small, enter, on):
    period = small.period("2021-Q3")
    with on(23, 9):
        browser = enter("snv.thamdinh")
        form = browser.get(f"/ky/{period.pk}/ngoai-le/").content.decode()
        assert f'value="{small.agencies["STP"].pk}"' in form
        assert "Sở Nội vụ</option>" not in form
        answer = browser.post(
            f"/ky/{period.pk}/ngoai-le/nop-muon/",
            {"agency": small.agencies["STP"].pk, "expires_on": "25/09/2021", "reason": "Mất điện"},
            follow=True,
        )
        assert "Mất điện" in answer.content.decode()
        # The agency sees its own, a sibling does not.
        assert "Mất điện" in enter("stp.canbo").get(f"/ky/{period.pk}/ngoai-le/").content.decode()
        assert "Mất điện" not in enter("syt.canbo").get(f"/ky/{period.pk}/ngoai-le/").content.decode()
        refused = enter("stp.canbo").post(
            f"/ky/{period.pk}/ngoai-le/nop-muon/", {"expires_on": "25/09/2021", "reason": "x"}
        )
        assert refused.status_code == 403
    assert Progress.objects.count() == 0
    assert WindowException.objects.count() == 1
