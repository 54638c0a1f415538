"""Asking the doctor about a prescription under review: where he is reached, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.pharmacy.model import BEING_SENT, NOTHING_TO_REVIEW, Mode
from common.i18n import N_, tr
from common.messages.reviewing import DoctorOutcome, GetDoctorContact, GetEarlierDrugs, RecordDoctorCall
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.pharmacy.review import Review
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.reviewing import DoctorContact, EarlierDrugs

#: In the order of their digits.
OUTCOMES: Final = (
    (DoctorOutcome.CONFIRMED, N_("doctor|Stays as it is")),
    (DoctorOutcome.WILL_CHANGE, N_("doctor|Will change it")),
    (DoctorOutcome.NOT_REACHED, N_("doctor|Not reached")),
    (DoctorOutcome.OTHER, N_("doctor|Other, see the note")),
)


def read(desk: PharmacyDesk, review: Review) -> None:
    """What else the patient takes, and what the doctor was asked already."""
    if not desk.place.may(Permission.PHARMACY_REVIEW):
        return
    facts = review.facts
    earlier = GetEarlierDrugs(patient_id=facts.patient_id, prescription_id=facts.id)
    desk.send(earlier, lambda found: _earlier_came(desk, review, found))
    desk.send(GetDoctorContact(prescription_id=facts.id), lambda found: _contact_came(desk, review, found))


def _earlier_came(desk: PharmacyDesk, review: Review, found: EarlierDrugs) -> None:
    review.earlier = found.lines
    desk.show_work()


def _contact_came(desk: PharmacyDesk, review: Review, found: DoctorContact) -> None:
    review.contact = found
    desk.show_work()


def may_ask(desk: PharmacyDesk) -> bool | str:
    """For Alt+D."""
    model = desk.model
    if model.returns.shown or model.mode is not Mode.REVIEW or model.review is None:
        return NOTHING_TO_REVIEW
    return BEING_SENT if model.review.deciding else True


def toggle(desk: PharmacyDesk) -> None:
    """Alt+D: phone and room of the doctor, and what came of asking; again puts it away."""
    review = desk.model.review
    if review is not None:
        review.asking, review.sending_back = not review.asking, False
        desk.show_work()
        desk.review_page.focus()


def pick(desk: PharmacyDesk, place: int) -> None:
    """What came of it, by its digit."""
    review = desk.model.review
    if review is not None and place < len(OUTCOMES):
        review.outcome = OUTCOMES[place][0]
        desk.show_work()


def note(desk: PharmacyDesk, text: str) -> None:
    """What he said."""
    if desk.model.review is not None:
        desk.model.review.outcome_note = text


def write_down(desk: PharmacyDesk) -> None:
    """Enter after the note: it is kept with the prescription for ever."""
    review = desk.model.review
    if review is None or review.writing_down:
        return
    outcome, said = review.outcome, review.outcome_note.strip()
    if outcome is None or (outcome is DoctorOutcome.OTHER and not said):
        desk.tell(tr("Choose with its digit what came of it; “other” needs a note."), "warning")
        return
    review.writing_down = True
    request = RecordDoctorCall(prescription_id=review.facts.id, outcome=outcome, note=said)
    desk.send(request, lambda _done: _written(desk, review), lambda error: _refused(desk, review, error), request_id=new_request_id())


def _written(desk: PharmacyDesk, review: Review) -> None:
    review.writing_down = review.asking = False
    review.outcome, review.outcome_note = None, ""
    desk.tell(tr("Written down: {doctor} was asked about {number}.", doctor=review.facts.doctor, number=review.facts.number))
    read(desk, review)
    desk.show_work()
    desk.review_page.focus()


def _refused(desk: PharmacyDesk, review: Review, error: XinglinError) -> None:
    review.writing_down = False
    desk.fail(error)
