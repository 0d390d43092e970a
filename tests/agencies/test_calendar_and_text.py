"""The one clock, and Vietnamese text and numbers."""

import doctest
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from agencies import calendar, text
from plans import standing


@pytest.mark.parametrize("module", [text, standing])
def test_the_examples_in_the_docstrings_hold(module):
    failed, tried = doctest.testmod(module, extraglobs={"date": date, "Decimal": Decimal})
    assert tried > 0
    assert failed == 0


def test_the_clock_starts_at_the_given_moment_and_runs(settings):
    anchor = calendar.real_now() - timedelta(hours=2)
    settings.PORTAL_CLOCK = f"2021-12-10T09:00+07:00@{anchor.isoformat()}"
    assert calendar.now().strftime("%d/%m/%Y %H") == "10/12/2021 11"
    assert calendar.today() == date(2021, 12, 10)


def test_a_clock_that_cannot_be_read_is_refused(settings):
    settings.PORTAL_CLOCK = "tomorrow"
    with pytest.raises(ImproperlyConfigured):
        calendar.now()


def test_a_day_ends_at_midnight_in_vietnam():
    assert calendar.end_of(date(2021, 12, 10)).isoformat() == "2021-12-11T00:00:00+07:00"
    late = datetime(2021, 12, 10, 23, 30, tzinfo=calendar.VIETNAM)
    assert calendar.day_of(late.astimezone(calendar.ZoneInfo("UTC"))) == date(2021, 12, 10)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(sample):
    assert text.fold(text.fold(sample)) == text.fold(sample)


def test_search_ignores_diacritics_and_the_barred_d():
    assert text.fold("ĐỀ ÁN Đẩy mạnh") == "de an day manh"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_a_printed_number_reads_back_as_itself(number):
    assert text.parse_decimal(text.format_decimal(number)) == number


@pytest.mark.parametrize("typed", ["12;5", "mười", "1,2,3", "", "--1", "1.23.4"])
def test_what_is_not_a_number_is_refused(typed):
    with pytest.raises(ValueError):
        text.parse_decimal(typed)


def test_blank_is_not_zero():
    assert text.format_decimal(None) == ""
    assert text.format_decimal(Decimal(0)) == "0"
