"""Where settling could keep money without a bill, book it twice or hang: each of these once did."""

from __future__ import annotations

import msgspec
import pytest

from common.closing_errors import OpenMatters
from common.errors import FieldWrong
from common.invoice_errors import NoInvoiceSegment
from common.messages.cashier import GetUnpaid, Settle, Tender, TenderKind
from common.messages.closing import CountShift, ListOpenMatters
from common.messages.settlement import (
    BeginSettlement,
    CancelSettlement,
    ConfirmSettlement,
    GetMoneyRules,
    PlanRefund,
    RecordFinding,
    RefundBill,
    RefundLine,
    SetMoneyRules,
    SettlementFacts,
    finding_detail,
)
from common.permissions import Permission
from common.settling_errors import LinesHeld, NotConnected, TenderNotAllowed
from common.wire import decode
from server.settling.asks import Rest, Stepped, TakeStep
from tests.server.settling.shop import CASHIER, Shop, by_code, cash, lines_by_hand

OTHER = "jinxing"


def rules(shop: Shop, **changed: object) -> None:
    """Other rules about money."""
    known = shop.desk("yuanzhang").call(GetMoneyRules())
    shop.desk("yuanzhang").call(SetMoneyRules(rules=msgspec.structs.replace(known, **changed)))


def quoted(shop: Shop, patient_id: int) -> SettlementFacts:
    """Everything that the patient owes, quoted by the bureau; the account pays nothing."""
    due = shop.desk(CASHIER).call(GetUnpaid(patient_id=patient_id))
    found = shop.until(shop.begin(due, insurance=shop.insured(balance_fen=0)), "QUOTED", "FAILED")
    assert found.quote is not None, found.failure
    return found


def insured_bill(shop: Shop, waived: int = 0) -> tuple[int, list[int], str]:
    """A bill over three manual lines that the insurance settled."""
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("70.00", "2"), ("900.00", "1"), name="林静怡")
    quote = quoted(shop, patient_id)
    assert quote.quote is not None
    waiver = (Tender(kind=TenderKind.WAIVER, amount_fen=waived, reference="困难减免"),) if waived else ()
    done = shop.until(shop.confirm(quote, cash(quote.quote.cash_fen - waived), *waiver), "DONE", "FAILED", "QUOTED")
    assert done.settled is not None
    return done.settled.bill_id, [line.id for line in lines], quote.quote.psn_no


@pytest.fixture
def clinic(shop: Shop) -> Shop:
    shop.insure()
    return shop


def test_a_waiver_in_an_insured_bill_of_which_a_part_goes_back(clinic: Shop) -> None:
    rules(clinic, waiver_limits={"cashier": 100_000})
    bill_id, lines, _ = insured_bill(clinic, waived=1000)
    done = clinic.until(clinic.refund(bill_id, RefundLine(charge_line_id=lines[0])), "DONE", "FAILED")
    assert done.state == "DONE", done.steps


def test_what_is_kept_of_a_prescription_stays_when_the_bureau_refuses_the_rest(clinic: Shop) -> None:
    due = clinic.debtor("林静怡")
    clinic.database.run(
        "INSERT INTO charge_line (patient_id, visit_id, source, category, name, quantity, unit, unit_price, amount_fen, refunded_fen,"
        " department_id, doctor_id, state, created_at, entered_by, service_item_id) SELECT patient_id, id, 'service', 'treatment', '换药', 1, '次',"
        " 30, 3000, 0, department_id, doctor_id, 'PENDING', now(), 1, (SELECT min(id) FROM service_item) FROM visit WHERE id = %s",
        due.lines[0].visit_id,
    )
    quote = quoted(clinic, due.patient_id)
    assert quote.quote is not None
    paid = clinic.until(clinic.confirm(quote, cash(quote.quote.cash_fen)), "DONE", "FAILED")
    assert paid.settled is not None
    (manual,) = clinic.rows("SELECT id FROM charge_line WHERE patient_id = %s AND source = 'service'", due.patient_id)[0]
    assert clinic.parties.bureau is not None
    clinic.bureau_fault("REJECT", clinic.parties.bureau.province.number("2206"), message="待遇已暂停")
    done = clinic.until(clinic.refund(paid.settled.bill_id, RefundLine(charge_line_id=manual)), "DONE", "FAILED")
    assert done.refunded is not None
    assert done.refunded.rest is None
    again = clinic.desk(CASHIER).call(GetUnpaid(patient_id=due.patient_id))
    ids = tuple(line.id for line in again.lines)
    clinic.desk(CASHIER).call(
        Settle(patient_id=due.patient_id, line_ids=ids, expected_fen=again.total_fen, tenders=(cash(again.total_fen),))
    )
    assert clinic.rows("SELECT state FROM prescription WHERE patient_id = %s", due.patient_id) == [("PAID",)]


def test_without_a_line_to_the_bureau_nothing_is_taken_for_cancelled(clinic: Shop) -> None:
    bill_id, _, psn_no = insured_bill(clinic)
    patient_id, _ = lines_by_hand(clinic, ("30.00", "1"), name="林静怡")
    quote = quoted(clinic, patient_id)
    assert quote.quote is not None
    clinic.fault("REJECT", "pay", message="余额不足")
    clinic.until(clinic.confirm(quote, by_code(quote.quote.cash_fen)), "QUOTED", "DONE", "FAILED")
    bureau, clinic.parties.bureau = clinic.parties.bureau, None
    with pytest.raises(NotConnected):
        clinic.refund(bill_id)
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=quote.id))
    waiting = clinic.until(quote, "UNKNOWN", "FAILED", "DONE")
    assert waiting.state == "UNKNOWN"
    clinic.parties.bureau = bureau
    assert clinic.until(quote, "FAILED", "DONE").state == "FAILED"
    assert clinic.standing_at_bureau(quote.quote.psn_no) == []
    assert len(clinic.standing_at_bureau(psn_no)) == 1


def test_a_refund_that_the_bureau_refuses_for_good_can_be_given_up(clinic: Shop) -> None:
    bill_id, _, psn_no = insured_bill(clinic)
    assert clinic.parties.bureau is not None
    clinic.bureau_fault("REJECT", clinic.parties.bureau.province.number("2208"), message="该结算已清算，不能撤销", times=1000)
    begun = clinic.refund(bill_id)
    clinic.wait_for(lambda: clinic.now(begun), lambda facts: any(s.state == "REJECTED" for s in facts.steps), clinic.errands)
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    assert clinic.until(begun, "DONE", "FAILED").state == "FAILED"
    assert len(clinic.standing_at_bureau(psn_no)) == 1


def test_a_partial_refund_needs_two_invoice_numbers_before_it_begins(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"), ("20.00", "1"))
    request = BeginSettlement(patient_id=patient_id, line_ids=tuple(x.id for x in lines), expected_fen=3000, tenders=(by_code(3000),))
    paid = shop.until(shop.desk(CASHIER).call(request), "DONE", "FAILED")
    assert paid.settled is not None
    rules(shop, invoice_segments=True)
    shop.database.run(
        "INSERT INTO invoice_segment (cashier_id, prefix, width, first, last, next, state, given_at, given_by)"
        " SELECT id, 'ZZ', 8, 1, 1, 1, 'ACTIVE', now(), 1 FROM staff WHERE login = %s",
        CASHIER,
    )
    with pytest.raises(NoInvoiceSegment):
        shop.refund(paid.settled.bill_id, RefundLine(charge_line_id=lines[0].id))
    assert shop.book(shop.order_of(paid)) == [("PAY", 3000)]


def test_who_began_it_confirms_it(clinic: Shop) -> None:
    quote = quoted(clinic, clinic.debtor("林静怡").patient_id)
    assert quote.quote is not None
    confirm = ConfirmSettlement(settlement_id=quote.id, expected_cash_fen=quote.quote.cash_fen, tenders=(cash(quote.quote.cash_fen),))
    with pytest.raises(LinesHeld):
        clinic.desk(OTHER).call(confirm)


def test_the_drawer_is_not_counted_over_a_settlement_under_way(shop: Shop) -> None:
    first = shop.debtor("甲一")
    ids = tuple(line.id for line in first.lines)
    shop.desk(CASHIER).call(
        Settle(patient_id=first.patient_id, line_ids=ids, expected_fen=first.total_fen, tenders=(cash(first.total_fen),))
    )
    due = shop.debtor("乙二")
    waiting: list[tuple[int, dict[int, str]]] = []
    set_out, shop.dispatch.set_out = shop.dispatch.set_out, lambda id, codes: waiting.append((id, codes))
    begun = shop.begin(due, cash(100), by_code(due.total_fen - 100))
    shift_id = shop.rows("SELECT id FROM shift WHERE state = 'OPENED' AND cashier_id = %s", shop.actor(CASHIER).staff)[0][0]
    with pytest.raises(OpenMatters):
        shop.desk(CASHIER).call(CountShift(shift_id=shift_id, counts=(), loose_fen=first.total_fen + 100))
    for settlement, codes in waiting:
        set_out(settlement, codes)
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"


def test_a_reversal_that_the_channel_refuses_is_asked_about(short_shop: Shop) -> None:
    shop = short_shop
    due = shop.debtor()
    shop.fault("SILENT_AFTER", "pay")
    shop.fault("REJECT", "reverse", times=1000, code="REVERSE_EXPIRED", message="超过撤销期限")
    begun = shop.begin(due, by_code(due.total_fen))
    shop.wait_for(lambda: shop.now(begun), lambda facts: bool(facts.steps), shop.errands)
    shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    assert sum(fen if act == "PAY" else -fen for act, fen in shop.book(shop.order_of(begun))) == 0


def test_nobody_finds_that_an_order_was_not_paid_while_it_can_still_be(shop: Shop) -> None:
    due = shop.debtor()
    begun = shop.begin(due, by_code(due.total_fen, tail="900004"))
    shop.wait_for(lambda: shop.now(begun), lambda facts: bool(facts.steps), shop.errands)
    shop.database.run(
        "INSERT INTO approval (act, subject_id, amount_fen, detail, asked_by, approved_by, means, at, expires_at)"
        " VALUES ('finding', %s, 0, %s, %s, %s, 'password', now(), now() + interval '5 min')",
        begun.id,
        finding_detail(shop.order_of(begun), carried_out=False),
        shop.actor(CASHIER).staff,
        shop.actor("admin").staff,
    )
    (approval_id,) = shop.rows("SELECT max(id) FROM approval")[0]
    order = shop.order_of(begun)
    finding = RecordFinding(settlement_id=begun.id, number=order, carried_out=False, seen_where="商户后台", approval_id=approval_id)
    with pytest.raises(FieldWrong):
        shop.desk(CASHIER).call(finding)
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"


def test_a_payer_who_never_ends_is_taken_back_also_after_a_lost_answer(short_shop: Shop) -> None:
    shop = short_shop
    due = shop.debtor()
    shop.fault("SILENT_AFTER", "pay")
    begun = shop.begin(due, by_code(due.total_fen, tail="900006"))
    shop.wait_for(lambda: shop.now(begun), lambda facts: facts.state == "UNKNOWN", shop.errands)
    shop.database.run("UPDATE channel_call SET sent_at = sent_at - interval '10 minutes'")
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"


def test_another_amount_than_quoted_forgets_the_code_that_was_agreed_on(clinic: Shop) -> None:
    quote = quoted(clinic, clinic.debtor("林静怡").patient_id)
    clinic.database.run(
        "UPDATE insurance_settlement SET split = jsonb_set(split, '{cash_fen}', to_jsonb((split->>'cash_fen')::bigint - 5)),"
        " cash_fen = cash_fen - 5"
    )
    quote = clinic.now(quote)
    assert quote.quote is not None
    again = clinic.until(clinic.confirm(quote, by_code(quote.quote.cash_fen)), "QUOTED", "DONE", "FAILED")
    assert again.state == "QUOTED"
    assert again.quote is not None
    done = clinic.until(clinic.confirm(again, cash(again.quote.cash_fen)), "DONE", "FAILED", "QUOTED")
    assert done.state == "DONE"


def test_a_code_is_never_booked_without_being_sent(shop: Shop) -> None:
    due = shop.debtor()
    ids = tuple(line.id for line in due.lines)
    with pytest.raises(TenderNotAllowed):
        shop.desk(CASHIER).call(
            Settle(patient_id=due.patient_id, line_ids=ids, expected_fen=due.total_fen, tenders=(by_code(due.total_fen),))
        )


def test_anothers_refund_is_anothers_matter(short_shop: Shop) -> None:
    shop = short_shop
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"), ("20.00", "1"))
    request = BeginSettlement(patient_id=patient_id, line_ids=tuple(x.id for x in lines), expected_fen=3000, tenders=(by_code(3000),))
    paid = shop.until(shop.desk(CASHIER).call(request), "DONE", "FAILED")
    assert paid.settled is not None
    shop.fault("SILENT_BEFORE", "", times=1000)
    wanted = (RefundLine(charge_line_id=lines[0].id),)
    plan = shop.desk(OTHER).call(PlanRefund(bill_id=paid.settled.bill_id, lines=wanted))
    back = RefundBill(bill_id=paid.settled.bill_id, lines=wanted, reason="退费", expected_back_fen=plan.back_fen)
    begun = shop.desk(OTHER).call(back)
    shop.wait_for(lambda: shop.now(begun), lambda facts: facts.state == "UNKNOWN", shop.errands)
    assert shop.desk(CASHIER).call(ListOpenMatters()).matters == ()
    assert shop.channel_simulator is not None
    shop.channel_simulator.control("clear")
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"


def test_another_service_leaves_alone_what_was_just_begun(shop: Shop) -> None:
    """Between the commit and the first step nobody else may take it: the payment code is known to the service that was told it alone."""
    shop.errands.sweep()
    waiting: list[tuple[int, dict[int, str]]] = []
    set_out, shop.dispatch.set_out = shop.dispatch.set_out, lambda id, codes: waiting.append((id, codes))
    due = shop.debtor("丙三")
    begun = shop.begin(due, by_code(due.total_fen))
    service = msgspec.structs.replace(shop.actor(CASHIER), permissions=frozenset({Permission.SERVICE}))
    answer = shop.dispatch.perform(TakeStep(settlement_id=begun.id, worker="another service", codes=()), service)
    assert isinstance(decode(Stepped, answer.body).step, Rest)
    assert shop.rows("SELECT state FROM settlement WHERE id = %s", begun.id) == [("OPEN",)]
    assert shop.rows("SELECT state FROM payment WHERE settlement_id = %s", begun.id) == [("PENDING",)]
    for settlement, codes in waiting:
        set_out(settlement, codes)
    done = shop.until(begun, "DONE", "FAILED")
    assert done.state == "DONE"
    assert shop.book(shop.order_of(done)) == [("PAY", due.total_fen)]
