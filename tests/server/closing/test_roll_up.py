"""Rolling a business day up, and what has to be so before."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from common.closing_errors import AlreadyRolledUp, DoesNotReconcile, NothingToRollUp, ShiftsNotClosed
from common.errors import NotPermitted
from common.messages.closing import ListRollUps, OpenShift, RollUpDay
from tests.server.closing.conftest import CASHIER, CLERK, MANAGER, OTHER, closing, fees, own_shift, sale
from tests.server.closing.test_close import WECHAT, closed
from tests.server.office import Office, at_once, refusals, successes


def test_a_day_is_the_sum_of_its_closes(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    sale(own_office, "汇一", WECHAT)
    fees(own_office, names="戊己", tender="wechat")
    manager = own_office.desk(MANAGER)
    (day,) = manager.call(ListRollUps()).days
    assert (day.business_date, day.closes, day.not_closed) == (own_office.today, 0, ("周清", "钱朵"))
    with pytest.raises(ShiftsNotClosed) as refused:
        manager.call(RollUpDay(business_date=own_office.today))
    assert refused.value.cashiers == ["周清", "钱朵"]
    sheets = [closed(own_office, short=1_00, reason="少一元").sheet, closed(own_office, CLERK).sheet]
    (day,) = manager.call(ListRollUps()).days
    assert (day.closes, day.not_closed, day.difference_fen) == (2, (), -1_00)
    rolled = manager.call(RollUpDay(business_date=own_office.today))
    assert rolled.bills == sum(sheet.bills for sheet in sheets) == 4
    assert rolled.bills_fen == sum(sheet.bills_fen for sheet in sheets) == sum(total.in_fen for total in rolled.categories)
    wechat = next(total for total in rolled.tenders if total.code == "wechat")
    assert wechat.in_fen == sum(total.in_fen for sheet in sheets for total in sheet.tenders if total.code == "wechat")
    assert (rolled.difference_fen, rolled.accounts["over_short"], sum(rolled.accounts.values())) == (-1_00, 1_00, 0)
    assert [hit.state for hit in rolled.closes] == ["ROLLED_UP", "ROLLED_UP"]
    told = manager.call(ListRollUps())
    assert (told.days, told.roll_ups) == ((), (rolled,))
    assert rolled.number == f"{own_office.today:%y%m%d}01"


def test_a_day_is_rolled_up_once(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    closed(own_office)
    day = own_office.today
    outcomes = at_once(*[partial(own_office.desk(MANAGER).call, RollUpDay(business_date=day)) for _ in range(3)])
    assert len(successes(outcomes)) == 1
    assert {type(refused) for refused in refusals(outcomes)} == {AlreadyRolledUp}


def test_a_day_without_closes_or_to_come_is_not_rolled_up(own_office: Office) -> None:
    for day in (own_office.today, own_office.today + timedelta(days=1)):
        with pytest.raises(NothingToRollUp):
            own_office.desk(MANAGER).call(RollUpDay(business_date=day))
    with pytest.raises(NotPermitted):
        own_office.desk(CASHIER).call(RollUpDay(business_date=own_office.today))


def test_a_shift_opened_after_the_roll_up_counts_for_the_next_day(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    closed(own_office)
    day = own_office.today
    own_office.desk(MANAGER).call(RollUpDay(business_date=day))
    own_office.desk(OTHER).call(OpenShift(float_fen=10_00))
    assert own_shift(own_office, OTHER).business_date == day + timedelta(days=1)
    late = closed(own_office, OTHER)
    assert late.close.business_date == day + timedelta(days=1)
    own_office.clock.by = timedelta(days=1)
    rolled = own_office.desk(MANAGER).call(RollUpDay(business_date=day + timedelta(days=1)))
    assert [hit.id for hit in rolled.closes] == [late.close.id]


def test_an_earlier_shift_that_was_forgotten_hinders(own_office: Office) -> None:
    own_office.desk(OTHER).call(OpenShift(float_fen=10_00))
    own_office.clock.by = timedelta(days=1)
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    closed(own_office)
    with pytest.raises(ShiftsNotClosed):
        own_office.desk(MANAGER).call(RollUpDay(business_date=own_office.today))
    days = own_office.desk(MANAGER).call(ListRollUps()).days
    assert [(day.business_date, day.closes, day.not_closed) for day in days] == [
        (own_office.today, 1, ()),
        (own_office.today - timedelta(days=1), 0, ("金杏",)),
    ]
    assert closing(own_office, OTHER).shifts[0].business_date == own_office.today - timedelta(days=1)


def test_a_close_that_the_ledger_contradicts_is_named(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    told = closed(own_office, short=1_00, reason="少一元")
    own_office.database.run("UPDATE day_close SET facts = jsonb_set(facts, '{accounts,over_short}', '99') WHERE id = %s", told.close.id)
    with pytest.raises(DoesNotReconcile) as refused:
        own_office.desk(MANAGER).call(RollUpDay(business_date=own_office.today))
    assert (refused.value.account, refused.value.closes_fen, refused.value.ledger_fen) == ("over_short", 99, 1_00)
    assert own_office.rows("SELECT count(*) FROM roll_up") == [(0,)]
