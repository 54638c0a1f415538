"""The page of returns 退药: found, scanned, explained, taken back; and a hand-over that is undone 取消发药."""

from __future__ import annotations

import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from client.pharmacy import actions, papers
from client.pharmacy.returning import DRAFTS, NOTHING_OPEN, RETURN_REASONS, UNDO_REASONS, ReturnDraft, Returning
from client.printing import slip_role
from common.domain.barcodes import OwnCode, OwnKind, PaymentCode, ResidentId, classify
from common.domain.money import format_yuan
from common.errors import NotFound, WrongState
from common.i18n import N_, tr
from common.messages.patients import GetPatient
from common.messages.returns import FindDispensed, GetReturn, GetReturnable, ListReturns
from common.pharmacy_errors import UndoRefused
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.pharmacy.returning import BackRow
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.consult import PrescriptionFacts
    from common.messages.pharmacy import PharmacyList
    from common.messages.returns import DrugReturnFacts, ReturnableFacts, ReturnList

#: What a barcode of this clinic names, and how its number is written out.
_KINDS: Final = {
    OwnKind.PRESCRIPTION: ("prescription", 11),
    OwnKind.VISIT: ("visit", 11),
    OwnKind.BILL: ("bill", 11),
    OwnKind.PATIENT: ("patient", 8),
}


def enter(desk: PharmacyDesk) -> None:
    """F8: the page of returns, or back to the lists."""
    returns = desk.model.returns
    if returns.shown:
        leave(desk)
        return
    returns.shown = True
    load(desk)
    desk.show_work()
    desk.return_page.start()
    if not returns.resumed:
        returns.resumed = True
        _resume(desk)


def _left(desk: PharmacyDesk) -> list[ReturnDraft]:
    """What was open when the program ended, oldest first."""
    journal = desk.place.journal
    drafts = (journal.draft(key, ReturnDraft) for key in journal.drafts(DRAFTS))
    return [draft for draft in drafts if draft is not None and not draft.put_away]


def say_what_is_left(desk: PharmacyDesk) -> None:
    """At the start: a return that was not finished waits on its page."""
    if _left(desk):
        desk.tell(tr("A return was not finished; F8 goes on with it."), "info", follow=["returns"])


def _resume(desk: PharmacyDesk) -> None:
    """What was being scanned when the program ended is open again."""
    left = _left(desk)
    if not left:
        return
    journal, prescription_id = desk.place.journal, left[-1].prescription_id

    def failed(error: XinglinError) -> None:
        if isinstance(error, WrongState | NotFound):  # nothing of it is with the patient any more
            journal.drop(f"{DRAFTS}{prescription_id}")
        else:
            desk.model.returns.resumed = False

    desk.send(GetReturnable(prescription_id=prescription_id), lambda facts: _opened(desk, facts), failed, key="returnable")


def keep(desk: PharmacyDesk, *, put_away: bool = False) -> None:
    """What is half done is on the disk. What is on its way stays there until its answer: sent again, it is the same act."""
    work = desk.model.returns.work
    if work is None or work.sending:
        return
    draft = work.draft(put_away=put_away)
    if draft is None:
        desk.place.journal.drop(work.draft_key)
    else:
        desk.place.journal.keep(work.draft_key, draft)


def leave(desk: PharmacyDesk) -> None:
    """Back to the lists. What was begun stays."""
    keep(desk)
    desk.model.returns.shown = False
    desk.show_work()
    desk.lists.table(desk.model.mode).setFocus()
    actions.take_up(desk)


def back(desk: PharmacyDesk) -> None:
    """Esc: from undoing to the return, from a prescription to the finder, from there to the lists."""
    returns = desk.model.returns
    if returns.work is not None and returns.work.undoing:
        returns.work.undoing = False
    elif returns.work is not None and not returns.work.sending:
        keep(desk, put_away=True)
        returns.work = None
        desk.set_patient(None)
        desk.return_page.start()
    elif returns.work is None:
        leave(desk)
        return
    desk.show_work()


def load(desk: PharmacyDesk) -> None:
    """What was handed out today, or what is looked for; and today's returns."""
    find(desk, desk.model.returns.sought, may_open=False)
    desk.send(ListReturns(), lambda reply: _returns_came(desk, reply))


def _returns_came(desk: PharmacyDesk, reply: ReturnList) -> None:
    desk.model.returns.today = reply.returns
    desk.show_work()


# --- finding -----------------------------------------------------------------------------------------------------------------------


def find(desk: PharmacyDesk, text: str, kind: str = "", *, may_open: bool = True) -> None:
    """Look for what was handed out; the only one found opens. A list that is only read anew takes no scan's answer away."""
    desk.model.returns.sought = text if not kind else ""
    key = "dispensed" if may_open else "dispensed again"
    desk.send(FindDispensed(text=text, kind=kind), lambda reply: _found(desk, text, reply, may_open=may_open), key=key)


def _found(desk: PharmacyDesk, text: str, reply: PharmacyList, *, may_open: bool) -> None:
    returns = desk.model.returns
    if not may_open and text != returns.sought:
        return  # something else was looked for meanwhile
    returns.found = reply.entries
    if may_open and len(reply.entries) == 1:
        open_one(desk, reply.entries[0].prescription_id)
    elif may_open and text and not reply.entries:
        desk.refuse(tr("Nothing that was handed out fits “{text}”.", text=text), "warning")
    desk.show_work()
    if may_open and len(reply.entries) > 1:
        desk.return_page.entries.setFocus()


def open_one(desk: PharmacyDesk, prescription_id: int) -> None:
    """What of a prescription may come back. One that is open keeps what was scanned."""
    work = desk.model.returns.work
    if work is not None and (work.prescription.id == prescription_id or work.sending):
        desk.return_page.focus()
        return
    desk.send(GetReturnable(prescription_id=prescription_id), lambda facts: _opened(desk, facts), key="returnable")


def _opened(desk: PharmacyDesk, facts: ReturnableFacts) -> None:
    returns = desk.model.returns
    keep(desk, put_away=True)
    work = returns.work = Returning(facts, desk.place.session.clinic.today)
    _restore(desk, work)
    desk.return_page.forget_approvals()
    desk.send(GetPatient(patient_id=facts.prescription.patient_id), desk.set_patient)
    desk.show_work()
    desk.return_page.focus()


def _restore(desk: PharmacyDesk, work: Returning) -> None:
    draft = desk.place.journal.draft(work.draft_key, ReturnDraft)
    if draft is None:
        return
    if work.restore(draft):
        desk.tell(tr("This return was not finished; go on with it. Ctrl+Z takes the scans back one by one."), "info")
    else:
        desk.place.journal.drop(work.draft_key)
        words = tr("What was scanned here before is left out: something of {number} came back meanwhile.", number=work.prescription.number)
        desk.tell(words, "warning")


def scanned(desk: PharmacyDesk, text: str) -> str:
    """A paper opens its prescription, a pack is counted, a badge agrees. Returned is why it is refused; empty if it is taken."""
    seen, work, page = classify(text), desk.model.returns.work, desk.return_page
    if isinstance(seen, OwnCode):
        kind, width = _KINDS[seen.kind]
        desk.sound(accepted=True)
        find(desk, f"{seen.number:0{width}d}", kind)
        return ""
    if isinstance(seen, PaymentCode | ResidentId):
        return tr("This is no code of a pack.")
    if work is None or work.undoing:
        taken = page.approval.isVisible() and page.approval.scanned(text)
        return "" if taken else tr(NOTHING_OPEN)
    row, refused = work.scan(text, page.current())
    if row is None and page.approval.isVisible() and page.approval.scanned(text):
        return ""
    if row is not None:
        desk.sound(accepted=True)
        desk.keep_soon()
        desk.show_work()
        page.select(row)
    return refused


# --- what is chosen ----------------------------------------------------------------------------------------------------------------


def choose_reason(desk: PharmacyDesk, place: int) -> None:
    """A digit: why it comes back, or why the hand-over was none."""
    work = desk.model.returns.work
    if work is None or work.sending:
        return
    if work.undoing and place < len(UNDO_REASONS):
        work.undo_reason = UNDO_REASONS[place][0]
    elif not work.undoing and place < len(RETURN_REASONS):
        work.reason = RETURN_REASONS[place][0]
    desk.keep_soon()
    desk.show_work()


def set_quantity(desk: PharmacyDesk, row: BackRow, typed: str) -> None:
    """How much of the marked line comes back, in its base unit; nothing typed is all of it."""
    work = desk.model.returns.work
    if work is None or work.sending:
        return
    try:
        quantity = Decimal(typed) if typed.strip() else row.left
    except InvalidOperation:
        desk.refuse(tr("Type a number."), "warning")
        return
    refused = work.set_quantity(row, quantity) if quantity.is_finite() else tr("Type a number.")
    if refused:
        desk.refuse(refused, "warning")
        return
    desk.keep_soon()
    desk.show_work()
    desk.return_page.focus()


def keep_back(desk: PharmacyDesk) -> None:
    """F6: the marked line into quarantine, or back on the shelf."""
    work, row = desk.model.returns.work, desk.return_page.current()
    if work is None or row is None or work.sending:
        return
    refused = work.keep_back(row)
    if refused:
        desk.refuse(refused, "warning")
    desk.keep_soon()
    desk.show_work()


def take_back_scan(desk: PharmacyDesk) -> None:
    """Ctrl+Z: the last pack is out again."""
    work = desk.model.returns.work
    row = work.undo_scan() if work is not None and not work.sending else None
    if row is not None:
        desk.tell(tr("Taken back: {drug}", drug=row.line.name), "info")
    desk.keep_soon()
    desk.show_work()


def begin_undo(desk: PharmacyDesk) -> None:
    """F10: the reasons of an undone hand-over stand to choose from; F10 again puts them away."""
    work = desk.model.returns.work
    if work is not None:
        work.undoing = not work.undoing
        work.approval_id = None
        desk.return_page.forget_approvals()
        desk.show_work()
        desk.return_page.focus()


def agreed(desk: PharmacyDesk, approval_id: int | None) -> None:
    """A second person agreed, or the yes has lapsed."""
    if desk.model.returns.work is not None:
        desk.model.returns.work.approval_id = approval_id
        desk.show_work()


# --- doing it ----------------------------------------------------------------------------------------------------------------------


def finish(desk: PharmacyDesk) -> None:
    """F12. What is still to be done gets the hand."""
    work, model = desk.model.returns.work, desk.model
    if work is None or work.sending or model.just_finished():
        return
    what, words = work.missing()
    if what:
        desk.tell(words, "warning")
        desk.return_page.approval.setFocus() if what == "approval" else desk.return_page.focus()
        return
    keep(desk)
    work.sending, model.finished_at = True, time.monotonic()
    desk.ops.describe(N_("pharmacy|Undo hand-over") if work.undoing else N_("pharmacy|Take back"))
    if work.undoing:
        desk.send(
            work.undo_request(), lambda facts: _undone(desk, facts), lambda why: _refused(desk, work, why), request_id=work.request_id
        )
    else:
        desk.send(
            work.request(), lambda facts: _taken(desk, work, facts), lambda why: _refused(desk, work, why), request_id=work.request_id
        )
    desk.show_work()


def _taken(desk: PharmacyDesk, work: Returning, facts: DrugReturnFacts) -> None:
    _print(desk, facts, work.request_id)
    words = tr(
        "Taken back: {patient}, {number}. The cashier can pay back {amount} now.",
        patient=facts.patient_name,
        number=facts.number,
        amount=format_yuan(facts.amount_fen),
    )
    desk.tell(words, follow=["reprint"])
    _done(desk, work)


def _undone(desk: PharmacyDesk, facts: PrescriptionFacts) -> None:
    desk.tell(tr("Undone: {number}, {patient} waits to be picked again.", number=facts.number, patient=facts.patient_name))
    if desk.model.returns.work is not None:
        _done(desk, desk.model.returns.work)
    actions.load(desk)


def _done(desk: PharmacyDesk, work: Returning) -> None:
    returns = desk.model.returns
    desk.place.journal.drop(work.draft_key)
    if returns.work is work:
        returns.work = None
        desk.return_page.forget_approvals()
        desk.set_patient(None)
        desk.return_page.start()
    returns.sought = ""
    load(desk)
    desk.show_work()


def _refused(desk: PharmacyDesk, work: Returning, error: XinglinError) -> None:
    work.sending, work.request_id, work.approval_id = False, new_request_id(), None
    desk.return_page.forget_approvals()
    desk.keep_soon()
    desk.refuse(str(error))
    if isinstance(error, WrongState | NotFound | UndoRefused) and desk.model.returns.work is work:
        desk.model.returns.work = None  # it changed at another desk: read anew
        desk.place.journal.drop(work.draft_key)
        desk.send(GetReturnable(prescription_id=work.prescription.id), lambda facts: _opened(desk, facts), key="returnable")
    desk.show_work()


# --- paper -------------------------------------------------------------------------------------------------------------------------


def _print(desk: PharmacyDesk, facts: DrugReturnFacts, request_id: str, *, copy: int = 1) -> None:
    slip = papers.return_slip(facts, printed_at=desk.place.now(), by=desk.place.session.staff.name, copy=copy)
    desk.place.paper.print(slip, slip_role(desk.place.devices), request_id)
    desk.model.returns.last, desk.model.returns.printed_by = facts.return_id, request_id


def reprint(desk: PharmacyDesk) -> None:
    """F9: the slip of the return that is marked in today's list, else of the last one."""
    returns, entry = desk.model.returns, desk.return_page.returns.current()
    marked = entry.return_id if entry is not None and desk.return_page.returns.hasFocus() else 0
    return_id = marked or returns.last or (returns.today[0].return_id if returns.today else 0)
    if not return_id:
        return
    if return_id == returns.last and desk.place.paper.repeats(returns.printed_by):
        desk.place.paper.again()
        return
    desk.send(GetReturn(return_id=return_id), lambda facts: _print(desk, facts, new_request_id(), copy=2))
