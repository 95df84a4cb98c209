"""Dates, times, numbers and PINs as the pages write them."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from markupsafe import Markup

from eid.web.formats import write_date, write_moment, write_number, write_pin, write_time
from tests.engines import one_engine


def test_a_date_is_day_month_year() -> None:
    assert write_date(date(1990, 3, 5)) == "05/03/1990"


def test_a_moment_is_taken_to_ha_noi_before_its_date_is_written() -> None:
    late = datetime(2026, 12, 31, 18, 30, tzinfo=UTC)
    assert (write_date(late), write_time(late), write_moment(late)) == ("01/01/2027", "01:30", "01:30 01/01/2027")


def test_nothing_is_a_dash() -> None:
    assert write_date(None) == write_moment(None) == "–"


@one_engine
@pytest.mark.parametrize(("language", "written"), [("vi", "1.234.567,5"), ("en", "1,234,567.5")])
def test_numbers_are_grouped_as_the_language_groups_them(app: Flask, language: str, written: str) -> None:
    with app.test_request_context(headers={"Cookie": f"eid_locale={language}"}):
        assert write_number(1234567.5) == written


def test_a_pin_is_grouped_to_read_and_copied_whole() -> None:
    written = write_pin("901190000101")
    assert written.count("<span>") == 4
    assert Markup(written).striptags() == "901190000101"
