"""Tables of published results."""

import pytest

from agencies.errors import Invalid
from indicators.actions.results import Refusal, import_results
from indicators.models import Result

HEAD = "index,year,province,component,value,rank,n_provinces,source,source_kind\n"


@pytest.fixture
def table(tmp_path, small):
    def write(text, head=HEAD):
        path = tmp_path / "results.csv"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def test_a_table_is_entered_and_again_changes_nothing(small, table):
    name = small.province.name
    path = table(f"PAR,2020,{name},total,84.70,24,63,nguồn A,published\nPAR,2020,Hà Nội,total,1,1,63,x,published\n")
    assert import_results(path=path, provinces=[small.province]) == 1
    assert import_results(path=path, provinces=[small.province]) == 1
    assert [str(result.value) for result in Result.objects.all()] == ["84.7000"]


def test_two_sources_that_differ_are_two_rows(small, table):
    name = small.province.name
    path = table(
        f"PAR,2020,{name},,84.70,24,63,nguồn A,published\nPAR,2020,{name},,84.71,,,nguồn B,derived-from-text\n"
    )
    assert import_results(path=path, provinces=[small.province]) == 2
    assert {r.source_kind for r in Result.objects.all()} == {"published", "derived"}


def test_every_fault_is_told_at_once_and_nothing_is_entered(small, table):
    name = small.province.name
    path = table(
        f"PAR,2020,{name},,84.70,24,63,nguồn,published\n"
        f"XYZ,2020,{name},,1,,,nguồn,published\n"
        f"PAR,2020,{name},,tám mươi,,,nguồn,published\n"
        f"PAR,2020,{name},,120,,,nguồn,published\n"
        f"PAR,2020,{name},,80,70,63,nguồn,published\n"
        f"PAR,,{name},,80,,,,published\n"
        f"PAR,2020,{name},D9,80,,,nguồn,published\n"
    )
    with pytest.raises(Refusal) as refused:
        import_results(path=path, provinces=[small.province])
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [
        (3, "index"),
        (4, "value"),
        (5, "value"),
        (6, "rank"),
        (7, "year"),
        (7, "source"),
        (8, "component"),
    ]
    assert Result.objects.count() == 0


def test_a_table_without_its_columns_is_refused(small, table):
    with pytest.raises(Invalid) as refused:
        import_results(path=table("1\n", head="a\n"), provinces=[small.province])
    assert "index" in refused.value.message
