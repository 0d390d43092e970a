"""The dashboard: figures of the roll-up, links behind numbers, and the region that refreshes itself."""

import re
from datetime import date

import pytest

from plans import builder
from plans.models import PlanRollup

URL = "/ke-hoach/tinh-thu-2021/tong-quan/"


def text(response):
    return response.content.decode()


@pytest.fixture
def figures(small, run_jobs):
    small.accept(done_on=date(2021, 12, 9))
    small.submit("2", "SNV")
    run_jobs()
    builder.refresh_plan(small.plan.pk)


def test_the_tiles_show_the_roll_up_with_its_fractions(small, enter, figures):
    page = text(enter("lanhdao").get(URL))
    for said in (
        "hoàn thành 1/7 phân công",
        "hoàn thành 1/4 nhiệm vụ",
        "đúng hạn 1/2 phân công",
        "10/12/2021",
        "lâu nhất 10 ngày",
        "Đề nghị phối hợp",
        "PAR Index tăng từ 2 bậc",
    ):
        assert said in page


def test_every_number_leads_to_as_many_rows(small, enter, figures):
    browser = enter("lanhdao")
    page = text(browser.get(URL))
    dashboard = browser.get(URL).context["figures"]
    bars = [dashboard.duties, dashboard.proposed, *dashboard.agencies]
    links = [
        (link.url, int(link.text)) for bar in bars for link in (bar.overdue, bar.not_updated, bar.awaiting, bar.total)
    ]
    links += [(part.url, part.value) for bar in bars for part in bar.segments]
    links += [(bar.progress.url, int(bar.progress.ratio.split("/")[0])) for bar in bars]
    assert len(links) > 20
    for url, number in links:
        assert bool(url) == bool(number)
        if url:
            assert browser.get(url).context["page_obj"].paginator.count == number, url
    for bar in [dashboard.tasks, *dashboard.sections]:
        for part in bar.segments:
            assert browser.get(part.url).context["plan"].shown == part.value
        assert not bar.not_updated.url or browser.get(bar.not_updated.url).context["plan"].shown == int(
            bar.not_updated.text
        )
    assert dashboard.duties.overdue.url.replace("&", "&amp;") in page


def test_the_region_answers_204_until_the_figures_are_computed_again(small, enter, figures, run_jobs):
    browser = enter("lanhdao")
    region = re.search(r'hx-get="([^"]+)"', text(browser.get(URL))).group(1)
    assert browser.get(region).status_code == 204
    small.accept("3", "SYT", done_on=date(2021, 12, 10))
    assert browser.get(region).status_code == 204
    PlanRollup.objects.update(computed_at=date_before())
    region_before = re.search(r'hx-get="([^"]+)"', text(browser.get(URL))).group(1)
    run_jobs()
    answer = browser.get(region_before)
    assert answer.status_code == 200
    assert "hoàn thành 2/7 phân công" in text(answer)
    assert "<html" not in text(answer)
    again = re.search(r'hx-get="([^"]+)"', text(answer)).group(1)
    assert browser.get(again).status_code == 204


def date_before():
    from datetime import timedelta

    from agencies import calendar

    return calendar.now() - timedelta(minutes=5)


def test_an_unchanged_region_is_cheap(small, enter, figures, django_assert_max_num_queries):
    browser = enter("lanhdao")
    region = re.search(r'hx-get="([^"]+)"', text(browser.get(URL))).group(1)
    with django_assert_max_num_queries(5):
        assert browser.get(region).status_code == 204


def test_the_refreshing_can_be_stopped(small, enter, figures):
    page = text(enter("lanhdao").get(f"{URL}?dung=1"))
    assert "hx-get" not in page
    assert "Đang tạm dừng" in page


def test_figures_of_all_agencies_are_not_for_officers(small, enter, figures):
    for name in ("stp.canbo", "stp.thutruong", "quantri"):
        assert enter(name).get(URL).status_code == 404
        assert enter(name).get(f"{URL}so-lieu/").status_code == 404


def test_a_plan_without_figures_says_so(small, enter):
    PlanRollup.objects.all().delete()
    page = text(enter("lanhdao").get(URL))
    assert "Chưa có số liệu tiến độ" in page


def test_figures_of_yesterday_are_marked(small, enter, figures):
    PlanRollup.objects.update(as_of=date(2021, 12, 9))
    assert "Số liệu của ngày trước" in text(enter("lanhdao").get(URL))
