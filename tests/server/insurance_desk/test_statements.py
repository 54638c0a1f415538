"""Our settlements against the bureau's: what one side alone has is found, shown with both sides, and cleared."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from common.errors import ChangedMeanwhile, FieldWrong
from common.messages.insurance_statement import (
    InsuranceDifference,
    ListInsuranceDifferences,
    ListInsuranceStatements,
    ReconcileInsurance,
    ResolveInsuranceDifference,
)
from common.messages.reconcile import Finding, ListDifferences, ResolveDifference, Way
from common.messages.settlement import Approve, GiveBadge
from common.money_errors import ApprovalNeeded
from server.insurance.protocol import BEIJING
from server.insurance_desk import reconciling
from tests.server.insurance_desk.conftest import MANAGER, Bureau
from tests.server.settling.conftest import examine
from tests.server.settling.shop import CASHIER, cash

BADGE = "BADGE-0123456789"


def _settle(bureau: Bureau) -> tuple[str, int]:
    """One insured settlement; its number at the bureau and the bill."""
    quoted = bureau.until(bureau.begin(bureau.debtor("林静怡"), insurance=bureau.insured()), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    done = bureau.until(bureau.confirm(quoted, *((cash(quoted.quote.cash_fen),) if quoted.quote.cash_fen else ())), "DONE", "FAILED")
    assert done.settled is not None, done.failure
    setl_id = bureau.rows("SELECT setl_id FROM insurance_settlement ORDER BY id DESC LIMIT 1")[0][0]
    return setl_id, done.settled.receipt.bill_id


def _compare(bureau: Bureau, day: date | None = None) -> tuple[InsuranceDifference, ...]:
    bureau.desk(CASHIER).call(ReconcileInsurance(day=day or bureau.today))
    bureau.work()
    assert bureau.rows("SELECT kind, told FROM insurance_errand WHERE state <> 'DONE'") == []
    return bureau.desk(CASHIER).call(ListInsuranceDifferences(limit=2000)).differences


def _resolve(bureau: Bureau, one: InsuranceDifference, way: Way, settlement_id: int | None = None) -> InsuranceDifference:
    desk = bureau.desk(CASHIER)
    yes = desk.call(Approve(act="finding", subject_id=one.id, amount_fen=one.size_fen, badge=BADGE))
    request = ResolveInsuranceDifference(
        difference_id=one.id, way=way, reason="核对明细", approval_id=yes.approval_id, settlement_id=settlement_id
    )
    return desk.call(request)


@pytest.fixture
def own_day(own: Bureau) -> Bureau:
    """A clinic with everything mapped, and a manager's badge."""
    own.insure()
    manager = own.database.value("SELECT id FROM staff WHERE login = %s", MANAGER)
    own.desk("admin").call(GiveBadge(staff_id=manager, code=BADGE))
    return own


def _plant(bureau: Bureau, number: int, fen: int = 1_000) -> str:
    planted = {"msgid": f"H44030000001202601150930{number:06d}", "psn_no": f"p{number}", "total_fen": fen, "fund_fen": fen // 2}
    return str(bureau.simulator.control("plant", planted))


def _ours_alone(bureau: Bureau, count: int) -> None:
    """Settlements that our books have and the bureau does not; all other columns as of a real one."""
    copied = (
        "INSERT INTO insurance_settlement (settlement_id, patient_id, visit_id, state, psn_no, insutype, insuplc_admdvs, mdtrt_cert_type, med_type,"
        " ipt_otp_no, mdtrt_id, setl_id, medins_setl_id, clr_type, clr_optins, medfee_fen, fund_fen, account_fen, mutual_fen, hospital_fen, cash_fen,"
        " person, split, opened_at, settled_at, settled_on) SELECT s.settlement_id, s.patient_id, s.visit_id, 'PERSON_READ', s.psn_no, s.insutype,"
        " s.insuplc_admdvs, s.mdtrt_cert_type, s.med_type, 'ours-' || g, 'visit-' || g, 'ours-' || lpad(g::text, 6, '0'), 'm-' || g, s.clr_type,"
        " s.clr_optins, s.medfee_fen, s.fund_fen, s.account_fen, 0, 0, s.cash_fen, s.person, s.split, s.opened_at, s.settled_at, s.settled_on"
        " FROM (SELECT * FROM insurance_settlement ORDER BY id LIMIT 1) s, generate_series(1, %s) g"
    )
    bureau.database.run(copied, count)
    for state in ("REGISTERED", "DIAGNOSED", "UPLOADED", "QUOTED", "SETTLED"):
        bureau.database.run("UPDATE insurance_settlement SET state = %s WHERE ipt_otp_no LIKE 'ours-%%'", state)


def test_both_sides_agree_also_with_a_cancellation(own_day: Bureau) -> None:
    own_day.simulator.control("list_row", _any_row())
    _settle_all_known(own_day)
    _, bill_id = _settle(own_day)
    own_day.until(own_day.refund(bill_id), "DONE", "FAILED")
    _settle(own_day)
    assert _compare(own_day) == ()
    (stands,) = own_day.desk(CASHIER).call(ListInsuranceStatements(since=own_day.today)).statements
    assert (stands.result, stands.count) == ("000000", 3)
    assert stands.insutype_name in ("310", "职工基本医疗保险")


def _any_row() -> dict[str, str]:
    return {
        "list": "1301",
        "code": "X",
        "name": "x",
        "specification": "",
        "manufacturer": "",
        "approval_number": "",
        "level": "01",
        "version": "V",
        "valid": "1",
    }


def _settle_all_known(bureau: Bureau) -> None:
    """The strict bureau knows every code that the clinic uses."""
    codes = bureau.rows("SELECT med_list_codg FROM insurance_mapping")
    bureau.simulator.control("list_rows", [{**_any_row(), "code": code} for (code,) in codes])


def test_two_hundred_planted_are_found_and_resolved(own_day: Bureau) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    for number in range(100):
        _plant(own_day, number)
    _ours_alone(own_day, 100)
    found = _compare(own_day)
    assert len(found) == 200
    theirs = [one for one in found if one.finding is Finding.THEIRS_ONLY]
    ours = [one for one in found if one.finding is Finding.OURS_ONLY]
    assert (len(theirs), len(ours)) == (100, 100)
    assert all(one.theirs and one.ours is None and one.theirs.total_fen == 1_000 for one in theirs)
    assert all(one.ours and one.theirs is None and one.patient_name == "林静怡" for one in ours)
    for one in theirs:
        _resolve(own_day, one, Way.REFUND)
    for one in ours:
        _resolve(own_day, one, Way.AGAIN)
    for _ in range(6):
        own_day.work()
    listed = own_day.desk(CASHIER).call(ListInsuranceDifferences(open_only=False, limit=2000)).differences
    assert [one for one in listed if one.resolved_at is None] == []
    assert len(listed) == 200
    assert len([one for one in own_day.simulator.control("settlements") if one["psn_no"].startswith("p")]) == 0
    assert own_day.rows("SELECT count(*) FROM insurance_settlement WHERE state = 'CANCELLED' AND cancel_setl_id = ''") == [(100,)]
    assert own_day.rows("SELECT count(*) FROM insurance_call WHERE state IN ('PENDING', 'UNKNOWN')") == [(0,)]
    assert _compare(own_day) == ()
    assert own_day.desk(CASHIER).call(ListInsuranceStatements(since=own_day.today)).statements[0].result == "000000"


def test_amounts_that_differ_are_answered_for(own_day: Bureau) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    own_day.database.run("UPDATE insurance_settlement SET split = jsonb_set(split, '{fund_fen}', to_jsonb((split->>'fund_fen')::int - 1))")
    (found,) = _compare(own_day)
    assert found.finding is Finding.AMOUNT
    assert found.ours is not None
    assert found.theirs is not None
    assert found.theirs.fund_fen - found.ours.fund_fen == 1
    with pytest.raises(FieldWrong):
        _resolve(own_day, found, Way.REFUND)
    with pytest.raises(ApprovalNeeded):
        own_day.desk(CASHIER).call(ResolveInsuranceDifference(difference_id=found.id, way=Way.ACCEPTED, reason="舍入"))
    with pytest.raises(FieldWrong):  # the channels' way is not this desk's
        own_day.desk(MANAGER).call(ResolveDifference(difference_id=found.id, way=Way.ACCEPTED, reason="舍入"))
    done = _resolve(own_day, found, Way.ACCEPTED)
    assert done.resolved_at is not None
    with pytest.raises(ChangedMeanwhile):
        _resolve(own_day, found, Way.ACCEPTED)
    assert own_day.desk(CASHIER).call(ListDifferences(party="insurance")).differences == ()


def test_a_settlement_that_is_theirs_after_all_is_linked(own_day: Bureau) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    _plant(own_day, 1)
    (found,) = _compare(own_day)
    (settlement,) = own_day.rows("SELECT id FROM settlement WHERE state = 'DONE'")
    with pytest.raises(FieldWrong):
        _resolve(own_day, found, Way.SETTLED, 999_999)
    done = _resolve(own_day, found, Way.SETTLED, settlement[0])
    assert (done.way, done.settlement_id) == (Way.SETTLED, settlement[0])


def test_what_the_bureau_still_has_is_not_given_up(own_day: Bureau) -> None:
    """A stale finding: 5203 knows the settlement, so a person has to look again."""
    _settle_all_known(own_day)
    number, _ = _settle(own_day)
    own_day.database.run(
        "INSERT INTO money_difference (party, day, number, finding, act, ours_fen, insurance_settlement_id, detail, found_at)"
        " SELECT 'insurance', settled_on, setl_id, 'OURS_ONLY', 'SETTLE', medfee_fen, id, '{}', now() FROM insurance_settlement WHERE setl_id = %s",
        number,
    )
    (found,) = own_day.desk(CASHIER).call(ListInsuranceDifferences()).differences
    _resolve(own_day, found, Way.AGAIN)
    own_day.work()
    (again,) = own_day.desk(CASHIER).call(ListInsuranceDifferences()).differences
    assert (again.way, bool(again.trouble)) == (Way.OPEN, True)
    assert own_day.rows("SELECT state FROM insurance_settlement") == [("SETTLED",)]


@pytest.mark.parametrize("fault", ["ERROR_AFTER", "ERROR_BEFORE"])
def test_a_cancellation_whose_answer_is_lost_is_made_once(own_day: Bureau, fault: str) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    _plant(own_day, 1)
    (found,) = _compare(own_day)
    own_day.bureau_fault(fault, "2601")
    _resolve(own_day, found, Way.REFUND)
    own_day.work()
    assert own_day.desk(CASHIER).call(ListInsuranceDifferences()).differences[0].resolved_at is None
    own_day.due_again()
    own_day.work()
    assert own_day.desk(CASHIER).call(ListInsuranceDifferences()).differences == ()
    assert [one for one in own_day.simulator.control("settlements") if one["psn_no"] == "p1"] == []
    assert own_day.rows("SELECT count(*) FROM insurance_call WHERE state IN ('PENDING', 'UNKNOWN')") == [(0,)]
    own_day.errands.close()
    examine(own_day)


def test_on_either_side_of_midnight(own_day: Bureau) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    yesterday = datetime.now(BEIJING).date() - timedelta(days=1)
    own_day.database.run("UPDATE insurance_settlement SET settled_on = %s", yesterday)
    (early,) = _compare(own_day, yesterday)
    assert early.finding is Finding.OURS_ONLY
    assert _compare(own_day) == ()
    (cleared,) = own_day.desk(CASHIER).call(ListInsuranceDifferences(open_only=False)).differences
    assert cleared.way is Way.FOUND_LATER


def test_yesterday_is_compared_by_itself(own_day: Bureau) -> None:
    _settle_all_known(own_day)
    _settle(own_day)
    own_day.database.run("UPDATE insurance_settlement SET settled_on = settled_on - 3")
    reconciling.want_yesterday(own_day.house, 0)
    reconciling.want_yesterday(own_day.house, 0)
    assert own_day.rows("SELECT count(*) FROM insurance_errand WHERE kind = 'RECONCILE'") == [(3,)]
    own_day.work()
    assert own_day.rows("SELECT count(*) FROM insurance_statement") == [(3,)]
    reconciling.want_yesterday(own_day.house, 0)
    assert own_day.rows("SELECT count(*) FROM insurance_errand WHERE kind = 'RECONCILE'") == [(3,)]
    with pytest.raises(FieldWrong):
        own_day.desk(CASHIER).call(ReconcileInsurance(day=own_day.today + timedelta(days=1)))
