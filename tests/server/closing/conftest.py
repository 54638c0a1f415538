"""Cashiers with money in their drawers, in a few lines."""

from __future__ import annotations

from datetime import timedelta

from common.messages.cashier import GetUnpaid, Settle, Tender, TenderKind
from common.messages.close_sheet import DENOMINATIONS_FEN, Pieces
from common.messages.closing import ClosingFacts, CountShift, GetClosing, ShiftStanding
from common.messages.registration import RegisterVisit, VisitRegistered
from tests import visits
from tests.server.office import Office

CASHIER, OTHER, MANAGER, CLERK = visits.CASHIER, "jinxing", "yuanzhang", visits.CLERK


def fees(office: Office, login: str = CLERK, names: str = "甲", tender: str = "cash") -> list[VisitRegistered]:
    """Registration fees that a clerk takes: the shortest way to money."""
    taken = []
    session = visits.session_of(office)
    for name in names:
        patient = visits.new_patient(office, f"费{name}")
        given = (Tender(kind=TenderKind(tender), amount_fen=session.fee_fen),)
        taken.append(
            office.desk(login).call(
                RegisterVisit(patient_id=patient.id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=given)
            )
        )
    return taken


def sale(office: Office, name: str, *tenders: Tender, login: str = CASHIER) -> int:
    """A prescription that a cashier settles, in cash or by ``tenders`` and the rest in cash; what it cost."""
    visit = visits.register(office, visits.new_patient(office, name).id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id, "布洛芬", "氯雷他定")
    visits.approve(office, prescription.id)
    due = office.desk(login).call(GetUnpaid(patient_id=prescription.patient_id))
    rest = due.total_fen - sum(tender.amount_fen for tender in tenders)
    office.desk(login).call(
        Settle(
            patient_id=due.patient_id,
            line_ids=tuple(line.id for line in due.lines),
            expected_fen=due.total_fen,
            tenders=(*tenders, *visits.cash(rest)),
        )
    )
    return due.total_fen


def closing(office: Office, login: str = CASHIER) -> ClosingFacts:
    return office.desk(login).call(GetClosing())


def own_shift(office: Office, login: str = CASHIER) -> ShiftStanding:
    """The oldest shift that is not closed."""
    return closing(office, login).shifts[0]


def pieces(fen: int) -> tuple[tuple[Pieces, ...], int]:
    """An amount in as few notes as can be, and the rest in small coins."""
    counts = []
    for value in DENOMINATIONS_FEN:
        number, fen = divmod(fen, value)
        if number:
            counts.append(Pieces(denomination_fen=value, pieces=number))
    return tuple(counts), fen


def count(office: Office, fen: int, login: str = CASHIER, shift_id: int = 0) -> ShiftStanding:
    """Count so much into the oldest shift."""
    counts, loose = pieces(fen)
    return office.desk(login).call(CountShift(shift_id=shift_id or own_shift(office, login).id, counts=counts, loose_fen=loose))


def drawer(office: Office, shift_id: int) -> int:
    """What the ledger says is in the drawer."""
    sql = (
        "SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
        " WHERE o.shift_id = %s AND p.account = 'tender:cash'"
    )
    return int(office.rows(sql, shift_id)[0][0])


def moved_days(office: Office, days: int) -> None:
    """So many days later."""
    office.clock.by = timedelta(days=days)
