"""Ages: the vectors of DOMAIN §4.4, and that time only makes older."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.age import age_text, full_months, full_years
from common.i18n import CHINESE, ENGLISH, language

CHINA = timezone(timedelta(hours=8))
DAYS = st.dates(date(1900, 1, 1), date(2050, 12, 31))


def clinic_time(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("birth", "at", "chinese", "english"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), "11月30天", "11 mo 30 d"),
        (date(2024, 2, 29), date(2025, 3, 1), "1岁", "1 y"),
        (date(2026, 1, 31), date(2026, 2, 28), "28天", "28 d"),
        (date(2026, 1, 31), date(2026, 3, 1), "1月0天", "1 mo 0 d"),
        (date(2026, 3, 1), date(2026, 3, 1), "0天", "0 d"),
        (date(2026, 3, 1), clinic_time(3, 1, 20, 0), "0天", "0 d"),
        (clinic_time(3, 1, 1, 30), clinic_time(3, 1, 20, 0), "18小时", "18 h"),
        (clinic_time(3, 1, 1, 30), clinic_time(3, 1, 1, 30), "0小时", "0 h"),
        (clinic_time(2, 28, 23, 0), clinic_time(3, 1, 22, 59), "23小时", "23 h"),
        (clinic_time(2, 28, 23, 0), clinic_time(3, 1, 23, 0), "1天", "1 d"),
        (datetime(2026, 3, 1, 8, 0, tzinfo=UTC), clinic_time(3, 1, 17, 0), "1小时", "1 h"),
        (clinic_time(3, 1, 8, 0).replace(tzinfo=None), clinic_time(3, 1, 17, 0), "9小时", "9 h"),
        (date(2021, 1, 15), date(2026, 3, 1), "5岁1月", "5 y 1 mo"),
        (date(2020, 3, 1), date(2026, 3, 1), "6岁", "6 y"),
        (date(2020, 1, 1), date(2026, 3, 1), "6岁", "6 y"),
        (date(1949, 12, 31), date(2026, 12, 30), "76岁", "76 y"),
        (date(1876, 1, 1), date(2026, 12, 31), "150岁", "150 y"),
        (date(1875, 1, 1), date(2026, 1, 1), "", ""),
        (date(2026, 3, 2), date(2026, 3, 1), "", ""),
        (clinic_time(3, 1, 9, 0), clinic_time(3, 1, 8, 0), "", ""),
    ],
)
def test_age_as_text(birth: date, at: date, chinese: str, english: str) -> None:
    with language(CHINESE):
        assert age_text(birth, at) == chinese
    with language(ENGLISH):
        assert age_text(birth, at) == english


def test_a_leap_day_child_is_a_year_older_on_the_first_of_march() -> None:
    assert [full_years(date(2012, 2, 29), date(2026, 2, 28)), full_years(date(2012, 2, 29), date(2026, 3, 1))] == [13, 14]
    assert full_years(date(2012, 2, 29), date(2028, 2, 29)) == 16


def test_before_birth_the_age_is_negative() -> None:
    assert full_months(date(2026, 3, 2), date(2026, 3, 1)) == -1
    assert full_years(date(2026, 3, 2), date(2026, 3, 1)) == -1


@given(DAYS, DAYS)
def test_age_grows_by_a_month_at_most_each_day(birth: date, day: date) -> None:
    assert full_months(birth, day + timedelta(days=1)) - full_months(birth, day) in (0, 1)


@given(DAYS, st.integers(0, 400))
def test_an_infant_always_has_an_age(birth: date, days: int) -> None:
    with language(CHINESE):
        text = age_text(birth, birth + timedelta(days=days))
    assert text
    if "月" in text and "天" in text:
        assert 0 <= int(text.partition("月")[2].removesuffix("天")) <= 30
