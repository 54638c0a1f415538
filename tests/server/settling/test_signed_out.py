"""A sign-in that the bureau does not know any more: the settlement signs in anew, once, and goes on."""

from __future__ import annotations

import pytest

from common.errors import error_from_wire
from common.settling_errors import InsuranceRefused
from tests.server.settling.shop import Shop, cash

WORDS = "操作员未签到"


@pytest.fixture
def clinic(shop: Shop) -> Shop:
    shop.insure()
    return shop


def _standing_sign_ins(shop: Shop) -> list[str]:
    return [row[0] for row in shop.rows("SELECT sign_no FROM insurance_sign_in WHERE signed_out_at IS NULL")]


def _paid(shop: Shop) -> tuple[str, int]:
    """A settlement that is done; the person at the bureau and the bill."""
    quoted = shop.until(shop.begin(shop.debtor("林静怡"), insurance=shop.insured()), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    done = shop.until(shop.confirm(quoted, *((cash(quoted.quote.cash_fen),) if quoted.quote.cash_fen else ())), "DONE", "FAILED")
    assert done.settled is not None, done.failure
    return quoted.quote.psn_no, done.settled.receipt.bill_id


@pytest.mark.parametrize("infno", ["1101", "2204", "2206"])
def test_a_refused_step_is_made_again_after_a_new_sign_in(clinic: Shop, infno: str) -> None:
    clinic.bureau_fault("REJECT", infno, message=WORDS)
    quoted = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=clinic.insured()), "QUOTED", "FAILED")
    assert quoted.state == "QUOTED", quoted.failure
    acts = [step.act for step in quoted.steps]
    assert acts.count("9001") == 2
    assert acts.count(infno) == 2
    assert len(_standing_sign_ins(clinic)) == 1


def test_a_second_refusal_is_the_cashiers(clinic: Shop) -> None:
    clinic.bureau_fault("REJECT", "2204", message=WORDS, times=2)
    failed = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=clinic.insured()), "QUOTED", "FAILED")
    assert failed.state == "FAILED"
    assert failed.failure is not None
    assert isinstance(error_from_wire(failed.failure.error, failed.failure.fields), InsuranceRefused)


def test_a_settlement_and_its_cancellation(clinic: Shop) -> None:
    clinic.bureau_fault("REJECT", "2207", message=WORDS)
    psn_no, bill_id = _paid(clinic)
    assert len(clinic.standing_at_bureau(psn_no)) == 1
    clinic.bureau_fault("REJECT", "2208", message=WORDS)
    back = clinic.until(clinic.refund(bill_id), "DONE", "FAILED")
    assert back.state == "DONE", back.failure
    assert clinic.standing_at_bureau(psn_no) == []


def test_a_reversal(short_shop: Shop) -> None:
    short_shop.insure()
    short_shop.bureau_fault("SILENT_AFTER", "2207")
    short_shop.bureau_fault("REJECT", "2601", message=WORDS)
    psn_no, _ = _paid(short_shop)
    assert len(short_shop.standing_at_bureau(psn_no)) == 1
