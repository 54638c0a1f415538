"""Settlements with the insurance: quoted, settled once, reversed when nobody knows, and taken back."""

from __future__ import annotations

import pytest

from common.errors import AmountChanged
from common.messages.cashier import GetUnpaid, TenderKind
from common.messages.settlement import CancelSettlement, ConfirmSettlement
from common.settling_errors import NotMapped
from tests.server.settling.shop import CASHIER, Shop, by_code, cash


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
