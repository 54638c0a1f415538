"""Days, weeks, months and years, and those before and after."""

from __future__ import annotations

from datetime import date

import pytest

from client.finance.period import DAY, FREE, MONTH, WEEK, YEAR, Period


@pytest.mark.parametrize(
    ("span", "around", "begins", "ends"),
    [
        (DAY, date(2026, 11, 21), date(2026, 11, 21), date(2026, 11, 21)),
        (WEEK, date(2026, 11, 21), date(2026, 11, 16), date(2026, 11, 22)),
        (WEEK, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        (MONTH, date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        (YEAR, date(2026, 11, 21), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_span_around_a_day_and_back_again(span: str, around: date, begins: date, ends: date) -> None:
    period = Period.around(span, around)
    assert (period.begins, period.ends) == (begins, ends)
    assert period.moved(1).moved(-1) == period == period.moved(-1).moved(1)


def test_free_days_go_on_by_their_own_length() -> None:
    period = Period(FREE, date(2026, 11, 5), date(2026, 11, 14))
    assert period.moved(1) == Period(FREE, date(2026, 11, 15), date(2026, 11, 24))
    assert period.moved(-1).ends == date(2026, 11, 4)


def test_longer_and_longer_and_round_again() -> None:
    period = Period.around(DAY, date(2026, 11, 21))
    spans = []
    for _ in range(4):
        period = period.widened()
        spans.append(period.span)
    assert spans == [WEEK, MONTH, YEAR, DAY]
    assert Period(FREE, date(2026, 11, 5), date(2026, 11, 14)).widened().span == DAY
