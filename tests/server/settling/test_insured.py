"""Settlements with the insurance: quoted, settled once, reversed when nobody knows, and taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.errors import AmountChanged
from common.messages.cashier import GetUnpaid, TenderKind
from common.messages.settlement import CancelSettlement, ConfirmSettlement, RefundLine
from common.settling_errors import NotMapped
from tests.server.settling.shop import CASHIER, Shop, by_code, cash, lines_by_hand


@pytest.fixture
def clinic(shop: Shop) -> Shop:
    shop.insure()
    return shop


@pytest.fixture
def short_clinic(short_shop: Shop) -> Shop:
    short_shop.insure()
    return short_shop


def test_quoted_confirmed_and_booked(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    quoted = clinic.until(clinic.begin(due, insurance=clinic.insured()), "QUOTED", "FAILED")
    assert quoted.state == "QUOTED", quoted.failure
    assert quoted.quote is not None
    quote = quoted.quote
    assert quote.fund_fen + quote.account_fen + quote.mutual_aid_fen + quote.hospital_fen + quote.cash_fen == due.total_fen
    pay = (cash(quote.cash_fen),) if quote.cash_fen else ()
    done = clinic.until(clinic.confirm(quoted, *pay), "DONE", "FAILED")
    assert done.settled is not None
    receipt = done.settled.receipt
    assert receipt.insurance is not None
    assert receipt.total_fen == due.total_fen == sum(tender.amount_fen for tender in receipt.tenders)
    assert len(clinic.standing_at_bureau(quote.psn_no)) == 1
    assert clinic.rows("SELECT state, bill_id FROM insurance_settlement") == [("SETTLED", done.settled.bill_id)]
    assert clinic.rows("SELECT count(*) FROM insurance_line")[0][0] == len(due.lines)


def test_the_patients_share_by_a_code(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    quoted = clinic.until(clinic.begin(due, insurance=clinic.insured(balance_fen=0)), "QUOTED", "FAILED")
    assert quoted.quote is not None
    assert quoted.quote.cash_fen > 0
    done = clinic.until(clinic.confirm(quoted, by_code(quoted.quote.cash_fen)), "DONE", "FAILED", "QUOTED")
    assert done.state == "DONE"


def test_a_refused_code_asks_for_another_and_keeps_the_insurance(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    quoted = clinic.until(clinic.begin(due, insurance=clinic.insured(balance_fen=0)), "QUOTED", "FAILED")
    assert quoted.quote is not None
    clinic.fault("REJECT", "pay", message="余额不足")
    again = clinic.until(clinic.confirm(quoted, by_code(quoted.quote.cash_fen)), "QUOTED", "DONE", "FAILED")
    assert again.state == "QUOTED"
    assert again.failure is not None
    done = clinic.until(clinic.confirm(again, cash(quoted.quote.cash_fen)), "DONE", "FAILED")
    assert done.state == "DONE"
    assert len(clinic.standing_at_bureau(quoted.quote.psn_no)) == 1


@pytest.mark.parametrize("fault", ["SILENT_AFTER", "RESET_AFTER", "GARBAGE", "ERROR_AFTER", "SILENT_BEFORE", "UNDECIDED"])
def test_a_lost_settlement_is_reversed_and_made_once(short_clinic: Shop, fault: str) -> None:
    shop = short_clinic
    due = shop.debtor("林静怡")
    quoted = shop.until(shop.begin(due, insurance=shop.insured()), "QUOTED", "FAILED")
    assert quoted.quote is not None
    shop.bureau_fault(fault, "2207")
    pay = (cash(quoted.quote.cash_fen),) if quoted.quote.cash_fen else ()
    done = shop.until(shop.confirm(quoted, *pay), "DONE", "FAILED")
    assert done.state == "DONE", done.failure
    assert len(shop.standing_at_bureau(quoted.quote.psn_no)) == 1
    assert [step.act for step in done.steps].count("2601") >= 1
    assert shop.rows("SELECT count(*) FROM insurance_call WHERE state IN ('PENDING', 'UNKNOWN')") == [(0,)]


@pytest.mark.parametrize("infno", ["1101", "2201", "2203", "2204", "2206"])
def test_a_lost_step_before_the_quote_is_made_anew(short_clinic: Shop, infno: str) -> None:
    due = short_clinic.debtor("林静怡")
    number = short_clinic.parties.bureau.province.number(infno) if short_clinic.parties.bureau else infno
    short_clinic.bureau_fault("SILENT_AFTER", number)
    quoted = short_clinic.until(short_clinic.begin(due, insurance=short_clinic.insured()), "QUOTED", "FAILED")
    assert quoted.state == "QUOTED", quoted.failure


def test_a_quote_given_up_leaves_nothing_there(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    quoted = clinic.until(clinic.begin(due, insurance=clinic.insured()), "QUOTED", "FAILED")
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=quoted.id))
    ended = clinic.until(quoted, "FAILED", "DONE")
    assert ended.state == "FAILED"
    assert clinic.rows("SELECT state FROM insurance_settlement") == [("CANCELLED",)]
    assert clinic.desk(CASHIER).call(GetUnpaid(patient_id=due.patient_id)).lines == due.lines


def test_another_persons_certificate_is_refused(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    failed = clinic.until(clinic.begin(due, insurance=clinic.insured("周国强")), "FAILED", "QUOTED")
    assert failed.failure is not None
    assert failed.failure.error == "OtherPerson"


def test_the_bureaus_refusal_is_shown_word_for_word(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    clinic.bureau_fault("REJECT", "2206", message="超出待遇限额")
    failed = clinic.until(clinic.begin(due, insurance=clinic.insured()), "FAILED", "QUOTED")
    assert failed.failure is not None
    assert failed.failure.fields["message"] == "超出待遇限额"


def test_what_is_not_mapped_is_named(shop: Shop) -> None:
    due = shop.debtor("林静怡")
    with pytest.raises(NotMapped):
        shop.begin(due, insurance=shop.insured())


def test_another_amount_than_quoted_is_refused(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    quoted = clinic.until(clinic.begin(due, insurance=clinic.insured()), "QUOTED", "FAILED")
    assert quoted.quote is not None
    with pytest.raises(AmountChanged):
        clinic.desk(CASHIER).call(ConfirmSettlement(settlement_id=quoted.id, expected_cash_fen=quoted.quote.cash_fen + 1))


def settled(shop: Shop, balance_fen: int = 0) -> tuple[int, list[int], str]:
    due = shop.debtor("林静怡")
    quoted = shop.until(shop.begin(due, insurance=shop.insured(balance_fen=balance_fen)), "QUOTED", "FAILED")
    assert quoted.quote is not None
    done = shop.until(shop.confirm(quoted, cash(quoted.quote.cash_fen)), "DONE", "FAILED")
    assert done.settled is not None
    return done.settled.bill_id, [line.id for line in due.lines], quoted.quote.psn_no


@pytest.mark.parametrize("fault", ["", "SILENT_AFTER", "SILENT_BEFORE"])
def test_a_refund_takes_the_bureaus_settlement_back_first(short_clinic: Shop, fault: str) -> None:
    shop = short_clinic
    bill_id, _, psn_no = settled(shop)
    if fault:
        shop.bureau_fault(fault, "2208")
    refund = shop.until(shop.refund(bill_id), "DONE", "FAILED")
    assert refund.refunded is not None, refund.failure
    assert set(refund.refunded.back) <= {TenderKind.CASH}
    assert shop.standing_at_bureau(psn_no) == []


def settled_by_hand(shop: Shop) -> tuple[int, list[int], str]:
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("70.00", "2"), ("900.00", "1"), name="林静怡")
    due = shop.desk(CASHIER).call(GetUnpaid(patient_id=patient_id))
    quoted = shop.until(shop.begin(due, insurance=shop.insured(balance_fen=0)), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    done = shop.until(shop.confirm(quoted, cash(quoted.quote.cash_fen)), "DONE", "FAILED")
    assert done.settled is not None
    return done.settled.bill_id, [line.id for line in lines], quoted.quote.psn_no


def test_part_of_an_insured_bill_is_settled_anew(clinic: Shop) -> None:
    bill_id, lines, psn_no = settled_by_hand(clinic)
    before = sum(clinic.rows("SELECT amount_fen FROM payment WHERE bill_id = %s AND tender = 'cash'", bill_id)[0])
    done = clinic.until(clinic.refund(bill_id, RefundLine(charge_line_id=lines[1], quantity=Decimal(1))), "DONE", "FAILED")
    assert done.refunded is not None, done.failure
    rest = done.refunded.rest
    assert rest is not None
    assert rest.total_fen == 3000 + 7000 + 90000
    assert rest.insurance is not None
    assert len(clinic.standing_at_bureau(psn_no)) == 1
    assert rest.insurance.setl_id == clinic.standing_at_bureau(psn_no)[0]["setl_id"]
    now = sum(tender.amount_fen for tender in rest.tenders if tender.kind is TenderKind.CASH)
    assert done.refunded.back.get(TenderKind.CASH, 0) == before - now
    assert clinic.rows("SELECT state, refunded_fen FROM charge_line WHERE id = %s", lines[1]) == [("PART_REFUNDED", 7000)]


def test_a_rest_that_the_bureau_refuses_stands_open_again(clinic: Shop) -> None:
    bill_id, lines, psn_no = settled_by_hand(clinic)
    patient_id = clinic.rows("SELECT patient_id FROM bill WHERE id = %s", bill_id)[0][0]
    assert clinic.parties.bureau is not None
    clinic.bureau_fault("REJECT", clinic.parties.bureau.province.number("2206"), message="待遇已暂停")
    done = clinic.until(clinic.refund(bill_id, RefundLine(charge_line_id=lines[0])), "DONE", "FAILED")
    assert done.refunded is not None, done.failure
    assert done.refunded.rest is None
    assert done.refunded.due_again_fen == 14000 + 90000
    assert clinic.standing_at_bureau(psn_no) == []
    due = clinic.desk(CASHIER).call(GetUnpaid(patient_id=patient_id))
    assert due.total_fen == 14000 + 90000


@pytest.mark.parametrize("fault", ["SILENT_AFTER", "SILENT_BEFORE"])
def test_a_refund_whose_new_settlement_is_lost_is_made_once(short_clinic: Shop, fault: str) -> None:
    bill_id, lines, psn_no = settled_by_hand(short_clinic)
    short_clinic.bureau_fault(fault, "2207")
    done = short_clinic.until(short_clinic.refund(bill_id, RefundLine(charge_line_id=lines[0])), "DONE", "FAILED")
    assert done.refunded is not None
    assert done.refunded.rest is not None
    assert len(short_clinic.standing_at_bureau(psn_no)) == 1
