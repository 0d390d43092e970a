"""Ranks and groups of provinces."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.actions import catalogue
from indicators.actions.results import keep_results
from indicators.facts.ranking import GROUPS, Grouping, ranking, rankings
from indicators.models import Index, Result
from indicators.reading.results import Written

NAMES = ("Hà Giang", "Cao Bằng", "Bắc Kạn", "Tuyên Quang", "Lào Cai", "Điện Biên", "Lai Châu", "Sơn La", "Yên Bái")


def enter(*rows, index="PAPI", year=2021, source="A", kind="dataset", n=None):
    """Enter values (or (value, rank)) of the first provinces of the list, in their order."""
    written = []
    for line, (name, said) in enumerate(zip(NAMES, rows, strict=False), 1):
        value, rank = said if isinstance(said, tuple) else (said, None)
        if value is None and rank is None:
            continue
        amount = Decimal(value) if value is not None else None
        written.append(
            Written(line, index, year, name, "", amount, rank, len(rows) if n is None else n or None, source, kind, "")
        )
    keep_results(written, source="t", by=None)


def ranked(index="PAPI", year=2021):
    return ranking(Index.objects.get(code=index), year)


def in_short(found):
    return [(row.province, row.rank) for row in found.rows]


@pytest.mark.usefixtures("db")
class TestRanks:
    def test_equal_values_share_the_better_rank_and_the_next_is_left_out(self):
        enter("40", "42", "42", "41")
        assert in_short(ranked()) == [("Bắc Kạn", 1), ("Cao Bằng", 1), ("Tuyên Quang", 3), ("Hà Giang", 4)]

    def test_a_policy_may_leave_no_rank_out_after_equal_values(self):
        catalogue.keep_national()
        framework = Index.objects.get(code="PAPI").frameworks.get(code="papi-2018")
        framework.policy["ties"] = "dense"
        framework.save()
        enter("40", "42", "42", "41")
        assert [row.rank for row in ranked().rows] == [1, 1, 2, 3]

    def test_who_has_no_value_is_not_ranked_and_does_not_count(self):
        enter("40", "42", (None, 2), "41", n=3)
        found = ranked()
        assert found.n == 3
        assert in_short(found) == [("Cao Bằng", 1), ("Tuyên Quang", 2), ("Hà Giang", 3), ("Bắc Kạn", None)]

    def test_the_published_rank_stands_beside_ours_and_the_difference_is_told(self):
        enter("40", "42", "41")
        enter((None, None), (None, 1), ("41.2", 3), source="báo", kind="published", n=3)
        by_name = {row.province: row for row in ranked().rows}
        assert (by_name["Bắc Kạn"].rank, by_name["Bắc Kạn"].published_rank, by_name["Bắc Kạn"].differs) == (2, 3, True)
        assert (by_name["Cao Bằng"].differs, by_name["Hà Giang"].published_rank) == (False, None)
        assert by_name["Bắc Kạn"].value == Decimal(41)
        assert [said.source.text for said in by_name["Bắc Kạn"].said] == ["báo", "A"]

    def test_single_figures_of_the_press_cover_no_field_so_nothing_is_computed_from_them(self):
        enter("87.24", ("88", 8), index="PAR", n=63, kind="published")
        found = ranked("PAR")
        assert (found.series, found.n) == (None, 63)
        assert [(row.rank, row.shown_rank) for row in found.rows] == [(None, 8), (None, None)]

    def test_series_are_never_mixed(self):
        enter("40.44", "40.43", "41")
        enter("40.4", "40.5", source="báo", kind="published", n=63)
        assert in_short(ranked()) == [("Bắc Kạn", 1), ("Hà Giang", 2), ("Cao Bằng", 3)]

    def test_a_published_table_of_the_whole_field_goes_before_a_data_set(self):
        enter("40", "42", "41")
        enter("42", "41", "40", source="bảng công bố", kind="published")
        found = ranked()
        assert (found.series.text, in_short(found)[0]) == ("bảng công bố", ("Hà Giang", 1))

    def test_a_table_that_does_not_say_how_many_were_ranked_must_speak_of_nearly_all(self):
        enter("40", "42", "41", n=0)
        assert ranked().series is None

    def test_only_what_was_known_on_a_day_counts(self):
        enter("40", "42", "41")
        asked = [(Index.objects.get(code="PAPI").pk, 2021)]
        assert rankings(asked, known_on=date(2022, 6, 30)) == {}
        assert len(rankings(asked, known_on=date(2022, 7, 1))) == 1
        Result.objects.update(published_on=date(2022, 5, 10))
        assert rankings(asked, known_on=date(2022, 5, 9)) == {}
        assert len(rankings(asked, known_on=date(2022, 5, 10))) == 1

    @pytest.mark.parametrize("day", [date(2022, 6, 30), date(2022, 7, 1), date(2023, 1, 1), date(2020, 12, 31)])
    def test_one_row_and_many_agree_on_what_is_known(self, day):
        for year in (2018, 2020, 2021):
            enter("40", year=year)
        Result.objects.filter(year=2020).update(published_on=date(2021, 4, 14))
        assert {row.pk for row in Result.objects.known_on(day)} == {
            row.pk for row in Result.objects.all() if row.is_known(day)
        }

    def test_a_new_province_does_not_take_over_the_results_of_the_old_ones(self):
        enter("40", "42", "41", "39", "45", year=2024)
        keep_results(
            [Written(1, "PAPI", 2025, "Lào Cai", "", Decimal(44), 1, 1, "A", "dataset", "")], source="t", by=None
        )
        (new,) = ranked(year=2025).rows
        old = next(row for row in ranked(year=2024).rows if row.province == "Lào Cai")
        assert (old.code, new.code) == ("lao-cai", "lao-cai-2025")

    def test_three_provinces_cost_as_many_queries_as_nine(self):
        enter("40", "42", "41", year=2020)
        enter("40", "42", "41", "39", "45", "38", "37", "36", "35")
        index = Index.objects.get(code="PAPI").pk
        counts = []
        for year in (2020, 2021):
            with CaptureQueriesContext(connection) as asked:
                rankings([(index, year)])
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 4


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(63, [16, 16, 15, 16]), (61, [15, 15, 15, 16]), (60, [15, 15, 15, 15]), (34, [9, 8, 8, 9]), (20, [5, 10, 5, 0])],
)
def test_groups_have_the_published_sizes_else_are_as_even_as_can_be(n, sizes):
    how = Grouping(GROUPS, {63: (16, 16, 15, 16), 61: (15, 15, 15, 16), 20: (5, 10, 5)})
    places = how.places(how.ranks({unit: Decimal(100 - unit) for unit in range(n)}))
    assert [list(places.values()).count(place) for place in range(4)] == sizes


def test_equal_ranks_are_in_one_group():
    how = Grouping(GROUPS)
    ranks = how.ranks({1: Decimal(5), 2: Decimal(4), 3: Decimal(4), 4: Decimal(3)})
    assert how.places(ranks) == {1: 0, 2: 1, 3: 1, 4: 3}


def test_the_classes_of_2021_go_by_the_value():
    """Example 9 of the acceptance examples."""
    classes = Grouping(("A", "B", "C"), edges=tuple(map(Decimal, (90, 80, 70))))
    values = {
        "Hải Phòng": "91.8",
        "Quảng Ninh": "91.14",
        "Đà Nẵng": "90.25",
        "Kiên Giang": "79.97",
        "X": "80",
        "Y": "1",
    }
    places = classes.places(classes.ranks({name: Decimal(value) for name, value in values.items()}))
    assert {name: classes.names[place] for name, place in places.items()} == {
        "Hải Phòng": "A", "Quảng Ninh": "A", "Đà Nẵng": "A", "Kiên Giang": "C", "X": "B",
    }  # fmt: skip
