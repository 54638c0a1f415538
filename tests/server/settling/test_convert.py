"""A bill paid without the insurance and settled with it later: quoted, settled there, the difference back by the ways it came."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from common.closing_errors import OpenMatters
from common.errors import AmountChanged, WrongState
from common.messages.cashier import GetUnpaid, Tender, TenderKind
from common.messages.closing import CloseShift, ListOpenMatters
from common.messages.conversion import ConfirmConversion, ConvertToInsurance
from common.messages.finance import GetReport, ReportKind
from common.messages.settlement import (
    BeginSettlement,
    CancelSettlement,
    ConfirmSettlement,
    GetBill,
    GetMoneyRules,
    InsuranceUse,
    RefundLine,
    SetMoneyRules,
    SettlementFacts,
)
from common.money_errors import ApprovalNeeded
from common.settling_errors import LinesHeld, NotConnected, NotConvertible, NotMapped, TooLateToConvert
from server.settling.asks import FinishSettlement, RecordOutcome
from tests import visits
from tests.server.closing.conftest import count, drawer, own_shift
from tests.server.settling.shop import CASHIER, Shop, by_code, cash, lines_by_hand
from tests.server.settling.test_refunds import settle

if TYPE_CHECKING:
    from server.dispatch import Dispatch

OTHER = "jinxing"
NAME = "林静怡"


@pytest.fixture
def clinic(shop: Shop) -> Shop:
    shop.insure()
    return shop


@pytest.fixture
def short_clinic(short_shop: Shop) -> Shop:
    short_shop.insure()
    return short_shop


def rules(shop: Shop, **changed: object) -> None:
    """Other rules about money."""
    known = shop.desk("yuanzhang").call(GetMoneyRules())
    shop.desk("yuanzhang").call(SetMoneyRules(rules=msgspec.structs.replace(known, **changed)))


def paid(shop: Shop, *tenders: Tender) -> tuple[int, tuple[int, ...]]:
    """A bill over three lines, 1,070.00, paid by whoever is to be insured; and its lines."""
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("70.00", "2"), ("900.00", "1"), name=NAME)
    ids = tuple(line.id for line in lines)
    if any(tender.code for tender in tenders):
        request = BeginSettlement(patient_id=patient_id, line_ids=ids, expected_fen=107_000, tenders=tenders)
        done = shop.until(shop.desk(CASHIER).call(request), "DONE", "FAILED")
        assert done.settled is not None, done.failure
        return done.settled.bill_id, ids
    return settle(shop, patient_id, lines, *tenders).bill_id, ids


def begin(shop: Shop, bill_id: int, use: InsuranceUse | None = None, login: str = CASHIER) -> SettlementFacts:
    """The insurance is asked about a bill."""
    use = use or shop.insured(NAME, balance_fen=0)
    return shop.desk(login).call(ConvertToInsurance(bill_id=bill_id, insured=use, reason="就诊时未带医保卡"))


def quoted(shop: Shop, bill_id: int, use: InsuranceUse | None = None) -> SettlementFacts:
    """And has answered."""
    found = shop.until(begin(shop, bill_id, use), "QUOTED", "FAILED")
    assert found.quote is not None and found.conversion is not None, found.failure
    return found


def confirm(shop: Shop, facts: SettlementFacts, approval_id: int | None = None) -> SettlementFacts:
    """The patient agrees to it."""
    assert facts.conversion is not None and facts.conversion.back_fen is not None
    request = ConfirmConversion(settlement_id=facts.id, expected_back_fen=facts.conversion.back_fen, approval_id=approval_id)
    return shop.desk(CASHIER).call(request)


def converted(shop: Shop, facts: SettlementFacts) -> SettlementFacts:
    """It was booked."""
    done = shop.until(confirm(shop, facts), "DONE", "FAILED", "QUOTED")
    assert done.refunded is not None and done.refunded.rest is not None, done.failure
    return done


def as_it_was(shop: Shop, bill_id: int) -> None:
    """The bill stands, its lines are paid and free, nothing of it is at the bureau."""
    assert shop.desk(CASHIER).call(GetBill(bill_id=bill_id)).bill.state == "STANDS"
    states = shop.rows("SELECT DISTINCT state, settlement_id FROM charge_line WHERE bill_id = %s", bill_id)
    assert states == [("SETTLED", None)]
    assert shop.rows("SELECT count(*) FROM insurance_settlement WHERE state <> 'CANCELLED'") == [(0,)]
    assert shop.rows("SELECT count(*) FROM bill WHERE reverses = %s", bill_id) == [(0,)]


def approve(shop: Shop, bill_id: int, fen: int) -> int:
    """A second person agrees at this desk."""
    shop.database.run(
        "INSERT INTO approval (act, subject_id, amount_fen, asked_by, approved_by, means, session_id, at, expires_at)"
        " SELECT 'refund', %s, %s, %s, %s, 'password', %s, now(), now() + interval '40 days'",
        bill_id,
        fen,
        shop.actor(CASHIER).staff,
        shop.actor("yuanzhang").staff,
        shop.actor(CASHIER).session_id,
    )
    return int(shop.rows("SELECT max(id) FROM approval")[0][0])


def test_what_the_insurance_pays_goes_back_in_cash(clinic: Shop) -> None:
    bill_id, lines = paid(clinic)
    offer = quoted(clinic, bill_id)
    assert offer.quote is not None and offer.conversion is not None
    back = 107_000 - offer.quote.cash_fen
    assert back > 0
    assert (offer.conversion.back, offer.conversion.needs_approval) == ({TenderKind.CASH: back}, "")
    assert clinic.rows("SELECT DISTINCT state FROM charge_line WHERE id = ANY(%s)", list(lines)) == [("SETTLED",)]
    done = converted(clinic, offer).refunded
    assert done is not None and done.rest is not None
    assert (done.back, done.due_again_fen) == ({TenderKind.CASH: back}, 0)
    assert (done.refund.total_fen, done.rest.total_fen) == (-107_000, 107_000)
    assert {t.kind: t.amount_fen for t in done.rest.tenders}[TenderKind.CASH] == offer.quote.cash_fen
    assert done.rest.insurance is not None
    standing = clinic.standing_at_bureau(offer.quote.psn_no)
    assert [one["setl_id"] for one in standing] == [done.rest.insurance.setl_id]
    assert clinic.rows("SELECT reissues FROM bill WHERE id = %s", done.rest.bill_id) == [(bill_id,)]
    assert clinic.rows("SELECT DISTINCT state, bill_id, refunded_fen FROM charge_line WHERE id = ANY(%s)", list(lines)) == [
        ("SETTLED", done.rest.bill_id, 0)
    ]
    invoices = clinic.rows("SELECT amount_fen, state FROM invoice WHERE bill_id = ANY(%s) ORDER BY id", [bill_id, done.refund.bill_id])
    assert invoices == [(107_000, "REVERSED"), (-107_000, "USED")]


def test_prescriptions_stay_as_they_are(clinic: Shop) -> None:
    due = clinic.debtor(NAME)
    bill_id = settle(clinic, due.patient_id, due.lines).bill_id
    offer = quoted(clinic, bill_id)
    visits.hand_over(clinic, clinic.rows("SELECT id FROM prescription WHERE patient_id = %s", due.patient_id)[0][0])
    converted(clinic, offer)
    assert clinic.rows("SELECT state FROM prescription WHERE patient_id = %s", due.patient_id) == [("DISPENSED",)]
    assert clinic.desk(CASHIER).call(GetUnpaid(patient_id=due.patient_id)).total_fen == 0


def test_first_to_wechat_and_last_out_of_the_drawer(clinic: Shop) -> None:
    """Paid 70.00 in cash and 1,000.00 by WeChat: what the insurance pays goes back to WeChat, under the order it was paid by."""
    bill_id, _ = paid(clinic, cash(7000), by_code(100_000))
    offer = quoted(clinic, bill_id)
    assert offer.conversion is not None
    done = converted(clinic, offer).refunded
    assert done is not None and done.rest is not None
    assert set(done.back) == {TenderKind.WECHAT}
    order = clinic.rows("SELECT order_number FROM payment WHERE bill_id = %s AND tender = 'wechat'", bill_id)[0][0]
    assert clinic.book(order) == [("PAY", 100_000), ("REFUND", done.back_fen)]
    assert {t.kind: t.amount_fen for t in done.rest.tenders}[TenderKind.CASH] == 7000


def test_a_waiver_stays_as_far_as_the_patient_would_have_to_pay(clinic: Shop) -> None:
    rules(clinic, waiver_limits={"cashier": 100_000})
    bill_id, _ = paid(clinic, cash(106_000), Tender(kind=TenderKind.WAIVER, amount_fen=1000, reference="困难减免"))
    offer = quoted(clinic, bill_id)
    assert offer.quote is not None
    done = converted(clinic, offer).refunded
    assert done is not None and done.rest is not None
    kept = {t.kind: t.amount_fen for t in done.rest.tenders}
    assert (kept[TenderKind.WAIVER], kept[TenderKind.CASH]) == (1000, offer.quote.cash_fen - 1000)
    assert done.back == {TenderKind.CASH: 107_000 - offer.quote.cash_fen}


def test_what_stands_after_a_refund_of_a_part_and_what_goes_back_later(clinic: Shop) -> None:
    bill_id, lines = paid(clinic)
    first = clinic.refund(bill_id, RefundLine(charge_line_id=lines[0])).refunded
    assert first is not None and first.rest is not None
    with pytest.raises(NotConvertible):
        begin(clinic, bill_id)
    done = converted(clinic, quoted(clinic, first.rest.bill_id)).refunded
    assert done is not None and done.rest is not None
    assert done.rest.total_fen == 104_000
    with pytest.raises(NotConvertible):
        begin(clinic, done.rest.bill_id)
    again = clinic.until(clinic.refund(done.rest.bill_id, RefundLine(charge_line_id=lines[1])), "DONE", "FAILED").refunded
    assert again is not None and again.rest is not None
    assert again.rest.insurance is not None
    assert again.rest.total_fen == 90_000


def test_what_cannot_be_converted_says_why(shop: Shop) -> None:
    bill_id, _ = paid(shop)
    with pytest.raises(NotMapped):
        begin(shop, bill_id)
    shop.insure()
    bureau, shop.parties.bureau = shop.parties.bureau, None
    with pytest.raises(NotConnected):
        begin(shop, bill_id, InsuranceUse(certificate_type="02", certificate_number="1"))
    shop.parties.bureau = bureau
    shop.clock.by = timedelta(days=31)
    with pytest.raises(TooLateToConvert) as refused:
        begin(shop, bill_id)
    assert refused.value.days == 30
    as_it_was(shop, bill_id)


def test_the_bureaus_refusal_leaves_everything_as_it_was(clinic: Shop) -> None:
    bill_id, _ = paid(clinic)
    for infno in ("2206", "2207"):
        clinic.bureau_fault("REJECT", infno, message="超出待遇限额")
        facts = clinic.until(begin(clinic, bill_id), "QUOTED", "FAILED")
        if infno == "2207":
            facts = clinic.until(confirm(clinic, facts), "DONE", "FAILED")
        assert facts.failure is not None
        assert facts.failure.fields["message"] == "超出待遇限额"
        as_it_was(clinic, bill_id)


def test_given_up_before_it_is_confirmed(clinic: Shop) -> None:
    bill_id, _ = paid(clinic)
    offer = quoted(clinic, bill_id)
    with pytest.raises(LinesHeld):
        clinic.refund(bill_id)
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=offer.id))
    assert clinic.until(offer, "FAILED", "DONE").state == "FAILED"
    as_it_was(clinic, bill_id)
    assert clinic.refund(bill_id).state == "DONE"


def test_only_its_own_confirmation_and_only_of_what_was_seen(clinic: Shop) -> None:
    bill_id, _ = paid(clinic)
    offer = quoted(clinic, bill_id)
    assert offer.conversion is not None and offer.conversion.back_fen is not None and offer.quote is not None
    with pytest.raises(WrongState):
        clinic.desk(CASHIER).call(ConfirmSettlement(settlement_id=offer.id, expected_cash_fen=offer.quote.cash_fen))
    request = ConfirmConversion(settlement_id=offer.id, expected_back_fen=offer.conversion.back_fen)
    with pytest.raises(LinesHeld):
        clinic.desk(OTHER).call(request)
    with pytest.raises(AmountChanged):
        clinic.desk(CASHIER).call(msgspec.structs.replace(request, expected_back_fen=offer.conversion.back_fen + 1))
    with pytest.raises(LinesHeld):
        begin(clinic, bill_id, login=OTHER)
    converted(clinic, offer)
    assert clinic.rows("SELECT count(*) FROM bill WHERE reverses = %s", bill_id) == [(1,)]


def test_a_later_day_needs_a_second_person(clinic: Shop) -> None:
    bill_id, _ = paid(clinic)
    clinic.clock.by = timedelta(days=2)
    offer = quoted(clinic, bill_id)
    assert offer.conversion is not None and offer.conversion.back_fen is not None
    assert offer.conversion.needs_approval
    with pytest.raises(ApprovalNeeded):
        confirm(clinic, offer)
    agreed = approve(clinic, bill_id, offer.conversion.back_fen)
    done = clinic.until(confirm(clinic, offer, agreed), "DONE", "FAILED", "QUOTED")
    assert done.refunded is not None, done.failure
    agreed_by = clinic.rows("SELECT approved_by FROM bill WHERE id = %s", done.refunded.refund.bill_id)
    assert agreed_by == [(clinic.actor("yuanzhang").staff,)]


@pytest.mark.parametrize("change", [-500, 500])
def test_another_amount_than_quoted_is_agreed_to_anew(clinic: Shop, change: int) -> None:
    """The insurance settles so much more, or less, than it had quoted: a second person agrees again only where more goes back."""
    rules(clinic, refund_alone_fen=1)
    bill_id, _ = paid(clinic)
    offer = quoted(clinic, bill_id)
    clinic.database.run(
        "UPDATE insurance_settlement SET split = jsonb_set(split, '{cash_fen}', to_jsonb((split->>'cash_fen')::bigint + %s)),"
        " cash_fen = cash_fen + %s",
        change,
        change,
    )
    offer = clinic.now(offer)
    assert offer.conversion is not None and offer.conversion.back_fen is not None
    first = offer.conversion.back_fen
    again = clinic.until(confirm(clinic, offer, approve(clinic, bill_id, first)), "QUOTED", "DONE", "FAILED")
    assert again.state == "QUOTED"
    assert again.conversion is not None and again.conversion.back_fen == first + change
    agreed = None
    if change > 0:
        with pytest.raises(ApprovalNeeded):
            confirm(clinic, again)
        agreed = approve(clinic, bill_id, first + change)
    done = clinic.until(confirm(clinic, again, agreed), "DONE", "FAILED", "QUOTED")
    assert done.refunded is not None, done.failure
    assert done.refunded.back_fen == first + change


@pytest.mark.parametrize("fault", ["SILENT_AFTER", "SILENT_BEFORE"])
def test_a_lost_settlement_is_reversed_and_made_once(short_clinic: Shop, fault: str) -> None:
    bill_id, _ = paid(short_clinic)
    offer = quoted(short_clinic, bill_id)
    short_clinic.bureau_fault(fault, "2207")
    done = converted(short_clinic, offer)
    assert offer.quote is not None
    assert len(short_clinic.standing_at_bureau(offer.quote.psn_no)) == 1
    assert [step.act for step in done.steps].count("2601") >= 1


def test_a_channel_that_pays_nothing_back_can_be_given_up(clinic: Shop) -> None:
    bill_id, _ = paid(clinic, by_code(107_000))
    offer = quoted(clinic, bill_id)
    clinic.fault("REJECT", "refund", times=1000)
    begun = confirm(clinic, offer)
    refused = clinic.wait_for(lambda: clinic.now(begun), lambda facts: any(s.state == "REJECTED" for s in facts.steps), clinic.errands)
    assert refused.can_cancel
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    assert clinic.until(begun, "DONE", "FAILED").state == "FAILED"
    as_it_was(clinic, bill_id)
    assert offer.quote is not None
    assert clinic.standing_at_bureau(offer.quote.psn_no) == []


class Dying:
    """The dispatch of a process that is killed before it can write something down."""

    def __init__(self, dispatch: Dispatch, lost: str) -> None:
        self._dispatch, self._lost = dispatch, lost
        self.died = threading.Event()

    def perform(self, request: Any, actor: Any, request_id: str = "") -> Any:
        """As the dispatch does, until it is killed."""
        act = request.act if isinstance(request, RecordOutcome) else "book" if isinstance(request, FinishSettlement) else ""
        if self.died.is_set() or act == self._lost:
            self.died.set()
            raise psycopg.OperationalError("killed")
        return self._dispatch.perform(request, actor, request_id)


@pytest.mark.parametrize("lost", ["2207", "REFUND", "book"])
def test_another_service_goes_on_where_one_was_killed(clinic: Shop, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    """Killed before it has written down that the insurance settled, that the channel paid back, or the bill: it all happens once."""
    bill_id, _ = paid(clinic, by_code(107_000))
    offer = quoted(clinic, bill_id)
    dying = Dying(clinic.dispatch, lost)
    monkeypatch.setattr(clinic.errands, "_dispatch", dying)
    confirm(clinic, offer)
    assert dying.died.wait(30)
    clinic.errands.close()
    other = clinic.another_service()
    try:
        done = clinic.until(offer, "DONE", "FAILED", sweep=other)
    finally:
        other.close()
    assert done.refunded is not None, done.failure
    assert offer.quote is not None
    assert len(clinic.standing_at_bureau(offer.quote.psn_no)) == 1
    order = clinic.rows("SELECT order_number FROM payment WHERE bill_id = %s", bill_id)[0][0]
    assert clinic.book(order) == [("PAY", 107_000), ("REFUND", done.refunded.back_fen)]
    assert clinic.rows("SELECT count(*) FROM bill WHERE reissues = %s", bill_id) == [(1,)]


def test_the_token_of_an_e_certificate_is_not_kept(clinic: Shop) -> None:
    bill_id, _ = paid(clinic)
    known = clinic.insured(NAME, balance_fen=0)
    offer = quoted(clinic, bill_id, msgspec.structs.replace(known, certificate_type="01"))
    converted(clinic, offer)
    kept = clinic.rows("SELECT plan->'use'->>'certificate_number' FROM settlement WHERE id = %s", offer.id)
    assert kept == [("",)]


def test_the_close_and_the_reports_count_only_what_moved(clinic: Shop) -> None:
    """1,070.00 came in cash, and what the insurance pays went out again: nothing else was earned or given back."""
    bill_id, _ = paid(clinic)
    offer = quoted(clinic, bill_id)
    (matter,) = clinic.desk(CASHIER).call(ListOpenMatters()).matters
    assert (matter.what, "refunds desk" in matter.advice) == ("CONVERT", True)
    shift = own_shift(clinic)
    with pytest.raises(OpenMatters):
        count(clinic, drawer(clinic, shift.id))
    done = converted(clinic, offer).refunded
    assert done is not None and offer.quote is not None
    fund = offer.quote.fund_fen
    assert fund == done.back_fen
    assert drawer(clinic, shift.id) == 107_000 - fund
    count(clinic, 107_000 - fund)
    sheet = clinic.desk(CASHIER).call(CloseShift(shift_id=shift.id)).sheet
    moved = {total.code: (total.in_fen, total.out_fen) for total in sheet.tenders}
    assert moved == {"cash": (107_000, -fund), "fund": (fund, 0)}
    assert [(total.code, total.net_fen) for total in sheet.categories] == [("treatment", 107_000)]
    assert sheet.difference_fen == 0
    for kind in ReportKind:
        made = clinic.desk("yuanzhang").call(GetReport(kind=kind, begins=clinic.today, ends=clinic.today))
        assert made.total_fen == made.ledger_fen, kind
    made = clinic.desk("yuanzhang").call(GetReport(kind=ReportKind.CATEGORY, begins=clinic.today, ends=clinic.today))
    assert {row.key: row.cells[-1] for row in made.rows}["income:treatment"] == 107_000
