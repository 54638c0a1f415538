"""Numbers of invoices: from the running series, or from the segments of the people who take money."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import FieldWrong, NotFound, NotPermitted, XinglinError
from common.invoice_errors import NoInvoiceSegment, NotYourNumber, SegmentOverlaps
from common.messages.cashier import GetReceipt, Settle
from common.messages.invoices import (
    GapKind,
    GiveSegment,
    InvoiceReissued,
    ListInvoices,
    ListSegments,
    ReportGaps,
    ReprintInvoice,
    ReturnSegment,
    SegmentFacts,
    SegmentState,
    VoidInvoice,
    VoidNumber,
)
from common.messages.settlement import FindBills, RefundLine
from server import numbers
from server.db import Tx
from tests import visits
from tests.server.office import Office, at_once, refusals, successes
from tests.server.settling.shop import lines_by_hand, take_back

MANAGER, OTHER = "yuanzhang", "jinxing"


@pytest.fixture
def clinic(own_office: Office) -> Iterator[Office]:
    """A clinic whose bills take their numbers from segments."""
    own_office.database.run("UPDATE money_rules SET invoice_segments = true")
    yield own_office


def staff_id(office: Office, login: str) -> int:
    return int(office.database.value("SELECT id FROM staff WHERE login = %s", login))


def give(office: Office, login: str, first: str, last: str, prefix: str = "A") -> SegmentFacts:
    """The manager hands somebody a run of numbers."""
    return office.desk(MANAGER).call(GiveSegment(cashier_id=staff_id(office, login), prefix=prefix, first=first, last=last))


def sell(office: Office) -> str:
    """A visit registered and paid; the number of its invoice."""
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    return str(
        office.database.value("SELECT i.number FROM invoice i JOIN bill b ON b.id = i.bill_id WHERE b.visit_id = %s", visit.visit_id)
    )


def segments(office: Office, **which: Any) -> list[SegmentFacts]:
    return list(office.desk(MANAGER).call(ListSegments(**which)).segments)


def test_numbers_come_in_order_and_the_next_segment_follows(clinic: Office) -> None:
    first = give(clinic, visits.CLERK, "0001", "0002")
    second = give(clinic, visits.CLERK, "0100", "0105")
    assert (first.state, second.state) == (SegmentState.ACTIVE, SegmentState.WAITING)
    assert [sell(clinic) for _ in range(4)] == ["A0001", "A0002", "A0100", "A0101"]
    used_up, active = segments(clinic, ended=True)[::-1]
    assert (used_up.id, used_up.state, used_up.used, used_up.left, used_up.next) == (first.id, SegmentState.USED_UP, 2, 0, "")
    assert (active.id, active.state, active.used, active.left, active.next) == (second.id, SegmentState.ACTIVE, 2, 4, "A0102")
    assert clinic.database.value("SELECT count(*) FROM invoice WHERE segment_id IS NULL") == 0


def test_without_a_number_nothing_is_booked(clinic: Office) -> None:
    give(clinic, visits.CLERK, "7", "7")
    patient = visits.new_patient(clinic)
    assert sell(clinic) == "A7"
    before = clinic.rows("SELECT kind, scope, last FROM number_series WHERE kind <> 'patient' ORDER BY 1, 2")
    with pytest.raises(NoInvoiceSegment) as refused:
        visits.register(clinic, patient.id)
    assert "周清" in str(refused.value)
    assert clinic.rows("SELECT kind, scope, last FROM number_series WHERE kind <> 'patient' ORDER BY 1, 2") == before
    assert clinic.database.value("SELECT count(*) FROM bill") == 1
    give(clinic, visits.CLERK, "8", "9")
    assert visits.register(clinic, patient.id).visit_id


def test_without_the_rule_the_running_series_counts_on(own_office: Office) -> None:
    assert [sell(own_office), sell(own_office)] == ["0000000001", "0000000002"]
    give(own_office, visits.CLERK, "1", "9")
    assert sell(own_office) == "0000000003"
    own_office.database.run("UPDATE money_rules SET invoice_segments = true")
    assert sell(own_office) == "A1"


@pytest.mark.parametrize(
    ("prefix", "first", "last"),
    [("A", "0015", "0030"), ("A", "0001", "0010"), ("A0", "015", "018"), ("A00", "12", "12"), ("A", "0001", "9999")],
)
def test_no_number_is_in_two_hands(office: Office, prefix: str, first: str, last: str) -> None:
    if not segments(office):
        give(office, visits.CLERK, "0010", "0020")
    with pytest.raises(SegmentOverlaps) as refused:
        give(office, visits.CASHIER, first, last, prefix)
    assert (refused.value.first, refused.value.last, refused.value.holder) == ("A0010", "A0020", "周清")


def test_numbers_that_only_look_alike_are_others(office: Office) -> None:
    if not segments(office):
        give(office, visits.CLERK, "0010", "0020")
    assert give(office, visits.CASHIER, "00010", "00020").first == "A00010"
    assert give(office, visits.CASHIER, "0010", "0020", "B").first == "B0010"
    long = give(office, visits.CASHIER, "0000000001", "0000000100", "31060126")
    assert (long.first, long.left) == ("310601260000000001", 100)


@pytest.mark.parametrize(
    ("prefix", "first", "last"),
    [("", "0000000001", "0000000100"), ("31", "00000001", "00000100"), ("A", "2", "1"), ("A", "1", "10"), ("A", "0000001", "0100001")],
)
def test_what_cannot_be_given(office: Office, prefix: str, first: str, last: str) -> None:
    with pytest.raises(FieldWrong):
        give(office, visits.CASHIER, first, last, prefix)


def test_who_may_give_and_be_given(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.desk(visits.CASHIER).call(GiveSegment(cashier_id=staff_id(office, visits.CASHIER), first="1", last="2"))
    with pytest.raises(FieldWrong):
        give(office, visits.DOCTOR, "1", "2", "Z")
    holders = {holder.login for holder in office.desk(MANAGER).call(ListSegments()).holders}
    assert holders == {"zhouqing", "hulan", "qianduo", "jinxing"}


def test_a_number_that_an_invoice_bears_is_not_given(own_office: Office) -> None:
    own_office.database.run("UPDATE money_rules SET invoice_segments = true")
    give(own_office, visits.CLERK, "1", "1", "Q")
    sell(own_office)
    own_office.database.run("UPDATE invoice SET segment_id = NULL")
    own_office.database.run("DELETE FROM invoice_segment")
    with pytest.raises(FieldWrong, match="Q1"):
        give(own_office, visits.CLERK, "1", "5", "Q")


def test_what_was_handed_back_may_be_given_to_another(clinic: Office) -> None:
    given_ = give(clinic, visits.CLERK, "01", "10")
    waiting = give(clinic, visits.CLERK, "50", "59")
    assert sell(clinic) == "A01"
    back = clinic.desk(MANAGER).call(ReturnSegment(segment_id=given_.id, reason="休产假"))
    assert (back.state, back.returned_from, back.left, back.used) == (SegmentState.RETURNED, "A02", 0, 1)
    assert [(s.id, s.state) for s in segments(clinic)] == [(waiting.id, SegmentState.ACTIVE)]
    with pytest.raises(NotFound):
        clinic.desk(MANAGER).call(ReturnSegment(segment_id=given_.id, reason="再来一次"))
    with pytest.raises(SegmentOverlaps):
        give(clinic, OTHER, "01", "05")
    assert give(clinic, OTHER, "02", "10").left == 9
    (gap,) = [gap for gap in clinic.desk(MANAGER).call(ReportGaps()).gaps if gap.kind is GapKind.RETURNED]
    assert (gap.first, gap.last, gap.count, gap.reason, gap.holder) == ("A02", "A10", 9, "休产假", "周清")


def test_spoiled_numbers_are_passed_over(clinic: Office) -> None:
    give(clinic, visits.CASHIER, "1", "6")
    give(clinic, visits.CLERK, "10", "19")
    cashier = clinic.desk(visits.CASHIER)
    for number in ("A2", "A3", "A6"):
        facts = cashier.call(VoidNumber(number=number, reason="卡纸"))
    assert (facts.spoiled, facts.left, facts.next) == (3, 3, "A1")
    for number in ("A3", "A7", "A10", "3", "B3", "A٣", ""):
        with pytest.raises(NotYourNumber):
            cashier.call(VoidNumber(number=number, reason="卡纸"))
    assert [settle(clinic) for _ in range(3)] == ["A1", "A4", "A5"]
    with pytest.raises(NoInvoiceSegment):
        settle(clinic)
    assert segments(clinic, cashier_id=staff_id(clinic, visits.CASHIER), ended=True)[0].state is SegmentState.USED_UP
    report = clinic.desk(MANAGER).call(ReportGaps(cashier_id=staff_id(clinic, visits.CASHIER)))
    assert {(gap.first, gap.kind, gap.reason, gap.by) for gap in report.gaps} == {
        (number, GapKind.SPOILED, "卡纸", "钱朵") for number in ("A2", "A3", "A6")
    }
    assert (report.used, report.voided, report.unexplained) == (3, 0, 0)


def settle(office: Office) -> str:
    """Something paid at the cashier's desk; the number of the invoice. The visit's own fee takes one of the clerk's."""
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    visits.approve(office, visits.prescribe(office, visit.visit_id, "布洛芬").id)
    return visits.settle_all(office, patient.id).invoice_number


def test_all_numbers_spoiled_end_a_segment_at_once(clinic: Office) -> None:
    give(clinic, visits.CASHIER, "1", "2")
    following = give(clinic, visits.CASHIER, "5", "6")
    for number in ("A1", "A2"):
        clinic.desk(visits.CASHIER).call(VoidNumber(number=number, reason="受潮"))
    assert [(s.id, s.state, s.next) for s in segments(clinic)] == [(following.id, SegmentState.ACTIVE, "A5")]


def test_a_spoiled_paper_is_issued_anew(clinic: Office) -> None:
    give(clinic, visits.CLERK, "1", "9")
    give(clinic, visits.CASHIER, "1", "9", "B")
    sell(clinic)
    (listed,) = invoices(clinic)
    reissued = clinic.desk(visits.CASHIER).call(VoidInvoice(invoice_id=listed.id, reason="打印偏移"))
    assert isinstance(reissued, InvoiceReissued)
    assert (reissued.voided, reissued.paper.receipt.invoice_number, reissued.paper.copy) == ("A1", "B1", 1)
    new, old = invoices(clinic)
    assert (old.state, old.void_reason, old.voided_by) == ("VOIDED", "打印偏移", "钱朵")
    assert (new.state, new.number, new.bill_id, new.amount_fen, new.issued_by) == ("USED", "B1", old.bill_id, old.amount_fen, "钱朵")
    for gone in (old.id, old.id):
        with pytest.raises(XinglinError, match="A1"):
            clinic.desk(visits.CASHIER).call(VoidInvoice(invoice_id=gone, reason="再作废"))
    assert clinic.database.value("SELECT count(*) FROM ledger_operation") == 1


def test_no_new_number_no_void(clinic: Office) -> None:
    give(clinic, visits.CLERK, "1", "9")
    sell(clinic)
    (listed,) = invoices(clinic)
    with pytest.raises(NoInvoiceSegment):
        clinic.desk(visits.CASHIER).call(VoidInvoice(invoice_id=listed.id, reason="打印偏移"))
    assert invoices(clinic) == [listed]


def invoices(office: Office, **which: Any) -> list[Any]:
    request = ListInvoices(**{"first_day": office.today, "last_day": office.today, **which})
    return list(office.desk(visits.CASHIER).call(request).invoices)


def test_copies_are_counted_by_the_service(own_office: Office) -> None:
    sell(own_office)
    (listed,) = invoices(own_office)
    for copy in (2, 3):
        paper = own_office.desk(visits.CASHIER).call(ReprintInvoice(bill_id=listed.bill_id, reason="患者遗失"))
        assert (paper.copy, paper.by, paper.receipt.bill_id) == (copy, "钱朵", listed.bill_id)
    assert paper.receipt == own_office.desk(visits.CASHIER).call(GetReceipt(bill_id=listed.bill_id))
    (listed,) = invoices(own_office)
    assert (listed.state, listed.prints) == ("REPRINTED", 3)
    assert own_office.rows("SELECT copy, reason FROM invoice_print ORDER BY copy") == [(2, "患者遗失"), (3, "患者遗失")]
    reissued = own_office.desk(visits.CASHIER).call(VoidInvoice(invoice_id=listed.id, reason="补打时卡纸"))
    again = own_office.desk(visits.CASHIER).call(ReprintInvoice(bill_id=listed.bill_id))
    assert (again.receipt.invoice_number, again.copy) == (reissued.paper.receipt.invoice_number, 2)


def test_a_red_copy_of_a_partial_refund_tells_what_was_charged_anew(own_office: Office) -> None:
    patient_id, lines = lines_by_hand(own_office, ("19.08", "1"), ("8.00", "1"))
    ids = tuple(line.id for line in lines)
    cashier = own_office.desk(visits.CASHIER)
    bill = cashier.call(Settle(patient_id=patient_id, line_ids=ids, expected_fen=2708, tenders=visits.cash(2708)))
    refunded = take_back(own_office, bill.bill_id, RefundLine(charge_line_id=lines[1].id)).refunded
    assert refunded is not None
    assert refunded.rest is not None
    red = cashier.call(ReprintInvoice(bill_id=refunded.refund.bill_id))
    assert (red.copy, red.receipt.refund_of_invoice, red.refund_reason, red.rest) == (2, bill.invoice_number, "开错了药", refunded.rest)
    (listed,) = [invoice for invoice in invoices(own_office) if invoice.bill_id == refunded.rest.bill_id]
    void = cashier.call(VoidInvoice(invoice_id=listed.id, reason="卡纸"))
    red = cashier.call(ReprintInvoice(bill_id=refunded.refund.bill_id))
    assert red.rest is not None
    assert red.rest.invoice_number == void.paper.receipt.invoice_number
    assert cashier.call(ReprintInvoice(bill_id=refunded.rest.bill_id)).rest is None


def test_copies_at_once_are_counted_each(own_office: Office) -> None:
    sell(own_office)
    (listed,) = invoices(own_office)
    desk = own_office.desk(visits.CASHIER)
    papers = at_once(*(lambda: desk.call(ReprintInvoice(bill_id=listed.bill_id)) for _ in range(4)))
    assert sorted(paper.copy for paper in papers) == [2, 3, 4, 5]


def test_invoices_are_found_by_what_stands_on_them(own_office: Office) -> None:
    sell(own_office)
    patient = visits.new_patient(own_office, "欧阳小凤")
    visits.register(own_office, patient.id)
    (mine,) = invoices(own_office, text="欧阳")
    for text in (mine.number, mine.number.lstrip("0"), mine.bill_number, mine.patient_number, "oyxf", "OuYang"):
        assert [found.id for found in invoices(own_office, text=text)] == [mine.id]
    assert invoices(own_office, text="o") == invoices(own_office, text="oyxh") == invoices(own_office, state="VOIDED") == []
    for text, count in (("oyxf", 1), ("ouyangxf", 0), ("OUYANG XIAO", 1), ("o", 0)):
        assert len(own_office.desk(visits.CASHIER).call(FindBills(text=text)).bills) == count, text
    assert len(invoices(own_office, cashier_id=staff_id(own_office, visits.CLERK))) == 2
    assert invoices(own_office, cashier_id=staff_id(own_office, OTHER)) == []
    reply = own_office.desk(MANAGER).call(ListInvoices(first_day=own_office.today, last_day=own_office.today, limit=1))
    assert (len(reply.invoices), reply.more, reply.count) == (1, True, 2)
    assert reply.total_fen == own_office.database.value("SELECT sum(amount_fen)::bigint FROM invoice")
    with pytest.raises(FieldWrong):
        invoices(own_office, first_day=own_office.today.replace(year=2020))


def test_a_lost_number_is_named(clinic: Office) -> None:
    give(clinic, visits.CLERK, "1", "9")
    for _ in range(4):
        sell(clinic)
    clinic.database.run("DELETE FROM invoice WHERE number IN ('A2', 'A3')")
    report = clinic.desk(MANAGER).call(ReportGaps())
    assert [(gap.first, gap.last, gap.kind) for gap in report.gaps] == [("A2", "A3", GapKind.UNEXPLAINED)]
    assert report.unexplained == 2


def test_the_running_series_is_looked_through_too(own_office: Office) -> None:
    for _ in range(3):
        sell(own_office)
    own_office.database.run("DELETE FROM invoice WHERE number = '0000000002'")
    (gap,) = own_office.desk(MANAGER).call(ReportGaps()).gaps
    assert (gap.first, gap.last, gap.kind) == ("0000000002", "0000000002", GapKind.UNEXPLAINED)


# --- many hands at once --------------------------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.tuples(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.lists(st.integers(1, 4), min_size=1, max_size=4)),
    takers=st.lists(st.integers(0, 1), min_size=8, max_size=8),
    each=st.integers(1, 3),
)
def test_eight_takers_of_two_peoples_segments_get_each_number_once_and_in_order(
    own_office: Office, lengths: tuple[list[int], list[int]], takers: list[int], each: int
) -> None:
    """Straight at ``numbers``, in transactions of their own; what a person's segments do not hold is refused."""
    people = (visits.CLERK, visits.CASHIER)
    own_office.database.run("UPDATE money_rules SET invoice_segments = true; DELETE FROM invoice_segment")
    held: list[list[str]] = [[], []]
    for person, runs in enumerate(lengths):
        start = 100
        for length in runs:
            give(own_office, people[person], str(start), str(start + length - 1), "XY"[person])
            held[person] += [f"{'XY'[person]}{number}" for number in range(start, start + length)]
            start += length + 1
    taken: list[list[tuple[int, str]]] = [[], []]
    guard = threading.Lock()

    def take(person: int) -> None:
        for _ in range(each):
            connection = own_office.connections.of_thread()
            with connection.transaction():
                tx = Tx(connection, own_office.desk(people[person]).actor, own_office.clock, None)
                _, bill, invoice = numbers.for_bill(tx, tx.today)
                with guard:  # the row of the day's bills is locked: the order is that of the commits
                    taken[person].append((int(bill), invoice))

    for login in people:
        own_office.desk(login)
    outcomes = at_once(*(lambda person=person: take(person) for person in takers))
    for person in (0, 1):
        wanted = each * takers.count(person)
        in_order = [invoice for _, invoice in sorted(taken[person])]
        assert in_order == held[person][:wanted]
    enough = all(each * takers.count(person) <= len(held[person]) for person in (0, 1))
    assert bool(refusals(outcomes)) is not enough
    assert all(isinstance(refused, NoInvoiceSegment) for refused in refusals(outcomes))
    assert len(successes(outcomes)) + len(refusals(outcomes)) == len(takers)
    left = own_office.desk(MANAGER).call(ListSegments()).segments
    assert sum(segment.left for segment in left) == sum(map(len, held)) - sum(map(len, taken))
