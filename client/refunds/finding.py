"""Finding the bill: by number, receipt, patient, card; the newest of all where nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.refunds import taking
from common.domain.barcodes import OwnCode, OwnKind, ResidentId, classify
from common.errors import NotFound
from common.i18n import tr
from common.messages.patients import GetPatient, PatientHits, SearchPatients
from common.messages.settlement import BillFacts, BillHits, FindBills, GetBill

if TYPE_CHECKING:
    from typing import Any

    from client.refunds.view.desk import RefundDesk
    from common.errors import XinglinError
    from common.messages.patients import PatientSummary
    from common.messages.settlement import BillHit


def load_bills(desk: RefundDesk, then: str = "") -> None:
    """The bills that the search asks for, newest first.

    ``then``: ``single`` takes the bill in hand if there is just one, or one with that number; ``first`` the newest of several too, as Enter
    on the list would. A list that is read anew meanwhile, because something changed, does what was wanted.
    """
    wanted = FindBills(text=desk.finder.text(), patient_id=desk.finder.patient_id)
    if then:
        desk.then = (wanted, then)

    def found(hits: BillHits) -> None:
        desk.model.bills, desk.model.more = hits.bills, hits.more
        desk.show_all()
        if desk.then is not None and desk.then[0] == wanted:
            mode, desk.then = desk.then[1], None
            _open(desk, wanted.text, hits.bills, mode)

    desk.send(wanted, done=found)


def _open(desk: RefundDesk, text: str, bills: tuple[BillHit, ...], mode: str) -> None:
    if not bills:
        desk.tell(tr("refund|No bill was found for {text}.", text=text), "warning")
        return
    exact = [hit for hit in bills if text and text in (hit.number, hit.invoice_number)]
    standing = [hit for hit in bills if hit.state == "STANDS"]
    if exact or len(standing) == 1 or len(bills) == 1:
        choose(desk, (exact or standing or list(bills))[0].id)
    elif mode == "first":
        choose(desk, bills[0].id)


def choose(desk: RefundDesk, bill_id: int) -> None:
    """Take a bill in hand. Until it is here it is the one that is asked for again when something changes."""
    desk.bill_wanted = bill_id

    def taken(bill: BillFacts) -> None:
        another = desk.model.bill is None or desk.model.bill.bill.id != bill.bill.id
        desk.model.take_bill(bill)
        desk.show_bill(another=another)
        load_patient(desk, bill.bill.patient_id)
        taking.load_plan(desk)

    def failed(error: XinglinError) -> None:
        desk.bill_wanted = 0
        desk.fail(error)

    desk.send(GetBill(bill_id=bill_id), done=taken, failed=failed, key="bill")


def load_patient(desk: RefundDesk, patient_id: int) -> None:
    """Whose bill it is, for the banner."""

    def taken(patient: PatientSummary) -> None:
        if desk.model.bill is not None and desk.model.bill.bill.patient_id == patient.id:
            desk.set_patient(patient)

    desk.send(GetPatient(patient_id=patient_id), done=taken, key="patient")


def scanned(desk: RefundDesk, code: str) -> bool:
    """A receipt's barcode opens its bill; a patient's, a slip's or an ID number shows that patient's bills. A badge goes to its pane."""
    found = classify(code)
    if isinstance(found, OwnCode) and found.kind is OwnKind.BILL:
        find_number(desk, f"{found.number:011d}")
    elif isinstance(found, OwnCode) and found.kind is OwnKind.PATIENT:
        find_patient(desk, f"{found.number:08d}")
    elif isinstance(found, OwnCode) and found.kind is OwnKind.VISIT:
        find_patient(desk, f"{found.number:011d}")
    elif isinstance(found, ResidentId) and not desk.side.approval.isVisible():
        find_patient(desk, found.number)
    else:
        return desk.side.approval.isVisible() and desk.side.approval.scanned(code)
    return True


def find_number(desk: RefundDesk, number: str) -> None:
    """The bill with this number."""
    desk.finder.set_search(number)
    load_bills(desk, "single")


def find_patient(desk: RefundDesk, number: str) -> None:
    """The bills of the one patient with this number."""

    def found(hits: PatientHits) -> None:
        if len(hits.hits) == 1:
            desk.finder.set_patient(hits.hits[0].id, hits.hits[0].name)
            load_bills(desk, "single")
        else:
            desk.tell(tr("till|Nobody has the number {number}.", number=number), "warning")

    desk.send(SearchPatients(text=number), done=found, key="pick")


def open_subject(desk: RefundDesk, subject: Any) -> None:
    """Another desk sends a bill: its id, or its number."""

    def failed(error: XinglinError) -> None:
        desk.tell(str(error), "warning" if isinstance(error, NotFound) else "danger")

    if isinstance(subject, int):
        desk.send(GetBill(bill_id=subject), done=lambda bill: find_number(desk, bill.bill.number), failed=failed, key="bill")
    elif isinstance(subject, str):
        find_number(desk, subject)
