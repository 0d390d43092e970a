"""The score sheet of the demonstration, as its people find it on 10/12/2021."""

import pytest
from django.test import Client

from agencies.models import User
from indicators.facts.sheets import sheet_page
from indicators.models import ScoreSheet
from tests.conftest import DAY

pytestmark = pytest.mark.usefixtures("demo", "db", "held_clock")


def test_so_tu_phap_scored_itself_and_waits_to_explain():
    sheet = ScoreSheet.objects.select_related("framework__index", "agency", "province").get()
    page = sheet_page(sheet, User.objects.get(username="stp.canbo"), DAY.date())
    assert "MINH HỌA" in page.framework
    assert page.sample
    assert (sheet.state, page.progress.text, page.locked) == ("appraised", "21/21", "")
    rows = {row.code: [cell.text for cell in row.cells[:2]] for row in page.rows}
    # 612 of 850 is 72 %, 72/85 of 10 points; 38 days instead of 24 is the second tier.
    assert (rows["II.6"], rows["I.1"], rows["II.3.1"]) == (["8,47", "8,47"], ["3", "1,5"], ["4", "2"])
    # 8,5 + 64,47, bonus 2,5, penalty 0,5; the appraisal takes 1,5 + 7 + 2 and 1,5 of the bonus.
    assert [page.columns[stage].total for stage in (0, 1)] == ["74,97", "62,97"]
    # The only document of II.1.3 was not accepted, and nothing explains it yet.
    assert (page.dossier, rows["II.1.3"]) == ("16/17", ["10", "3"])


def test_the_sheet_opens_for_those_who_work_on_it():
    sheet = ScoreSheet.objects.get()
    for who, shown in (("stp.canbo", 200), ("snv.thamdinh", 200), ("lanhdao", 200), ("syt.canbo", 404)):
        client = Client()
        client.force_login(User.objects.get(username=who))
        assert client.get(f"/chi-so/phieu-cham/{sheet.pk}/").status_code == shown, who
