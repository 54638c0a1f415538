"""What stands in the way of a close: settlements, payments and insurance calls without a certain outcome."""

from __future__ import annotations

import pytest

from common.closing_errors import OpenMatters
from common.errors import NotPermitted
from common.messages.closing import CloseShift, ListOpenMatters, MatterKind, OpenMatter, OpenShift
from tests import visits
from tests.server.closing.conftest import CASHIER, MANAGER, OTHER, closing, count
from tests.server.office import Office

_SETTLEMENT = (
    "INSERT INTO settlement (kind, state, patient_id, plan, expected_fen, cashier_id, opened_at) VALUES ('SALE', 'OPEN', %s, '{}', 38_60, %s, now())"
    " RETURNING id"
)
_PAYMENT = (
    "INSERT INTO payment (settlement_id, tender, amount_fen, given_fen, change_fen, state, at) VALUES (%s, 'wechat', 3860, 0, 0, 'PENDING', now())"
    " RETURNING id"
)
_CALL = (
    "INSERT INTO insurance_call (settlement_id, infno, msgid, payload_hash, state, staff_id, sent_at) VALUES (%s, '2207', %s, '', 'PENDING', %s,"
    " now()) RETURNING id"
)


def settlement(office: Office, state: str = "OPEN", login: str = CASHIER) -> int:
    """A settlement in ``state``, which it reached step by step."""
    patient = visits.new_patient(office, "未决")
    id = int(office.database.value(_SETTLEMENT.replace("38_60", "3860"), patient.id, office.actor(login).staff))
    if state != "OPEN":
        ended = ", ended_at = now()" if state in ("DONE", "FAILED") else ""
        office.database.run(f"UPDATE settlement SET state = '{state}'{ended} WHERE id = %s", id)
    return id


def open_of(office: Office, login: str = CASHIER) -> tuple[OpenMatter, ...]:
    return office.desk(login).call(ListOpenMatters()).matters


@pytest.mark.parametrize("state", ["OPEN", "QUOTED", "UNKNOWN"])
def test_a_settlement_without_an_end_hinders_the_close(own_office: Office, state: str) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    shift = count(own_office, 100_00)
    id = settlement(own_office, state)
    (matter,) = open_of(own_office)
    assert (matter.kind, matter.settlement_id, matter.state, matter.amount_fen) == (MatterKind.SETTLEMENT, id, state, 38_60)
    assert (matter.patient, matter.cashier, bool(matter.advice)) == ("未决", "钱朵", True)
    assert closing(own_office).matters == (matter,)
    with pytest.raises(OpenMatters) as refused:
        own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id))
    assert refused.value.count == 1
    assert closing(own_office).shifts[0].state == "COUNTED"
    own_office.database.run("UPDATE settlement SET state = 'FAILED', ended_at = now() WHERE id = %s", id)
    assert own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id)).close.state == "CLOSED"


@pytest.mark.parametrize("state", ["DONE", "FAILED"])
def test_a_settlement_that_ended_hinders_nothing(own_office: Office, state: str) -> None:
    settlement(own_office, state)
    assert open_of(own_office) == ()


def test_payments_and_calls_are_listed_where_their_settlement_does_not_speak_for_them(own_office: Office) -> None:
    live, ended = settlement(own_office, "UNKNOWN"), settlement(own_office, "FAILED")
    staff = own_office.actor(CASHIER).staff
    for id in (live, ended):
        payment = own_office.database.value(_PAYMENT, id)
        own_office.database.run("UPDATE payment SET state = 'UNKNOWN' WHERE id = %s", payment)
    for settled, number in ((live, "m1"), (ended, "m2"), (None, "m3")):
        call = own_office.database.value(_CALL, settled, number, staff)
        own_office.database.run("UPDATE insurance_call SET state = 'UNKNOWN' WHERE id = %s", call)
    found = [(matter.kind, matter.settlement_id) for matter in open_of(own_office)]
    assert sorted(found) == [
        (MatterKind.INSURANCE_CALL, 0),
        (MatterKind.INSURANCE_CALL, ended),
        (MatterKind.PAYMENT, ended),
        (MatterKind.SETTLEMENT, live),
    ]


def test_anothers_matters_hinder_only_him(own_office: Office) -> None:
    settlement(own_office, "UNKNOWN", OTHER)
    own_office.desk(CASHIER).call(OpenShift(float_fen=0))
    shift = count(own_office, 0)
    assert open_of(own_office) == ()
    assert own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id)).close.state == "CLOSED"
    assert [matter.cashier for matter in own_office.desk(MANAGER).call(ListOpenMatters(all=True)).matters] == ["金杏"]
    with pytest.raises(NotPermitted):
        own_office.desk(CASHIER).call(ListOpenMatters(all=True))
