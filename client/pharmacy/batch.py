"""Passing clean prescriptions together: one signature, and for each an approval of its own that may be refused alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.pharmacy.model import BEING_SENT, Mode
from common.i18n import N_, tr
from common.messages.reviewing import JudgeReviews, PassClean
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.pharmacy import PharmacyEntry
    from common.messages.reviewing import Judgements

NOT_ALLOWED = N_("The clinic's rules want each prescription reviewed by itself.")
NONE_CLEAN = N_("The rules find something in each of them; review them one by one.")


def load(desk: PharmacyDesk) -> None:
    """Have what waits for review judged."""
    if desk.place.may(Permission.PHARMACY_REVIEW):
        desk.send(JudgeReviews(), lambda found: _judged(desk, found))


def _judged(desk: PharmacyDesk, found: Judgements) -> None:
    desk.model.batch.judged(found)
    desk.show_lists()
    desk.show_work()


def may_pass(desk: PharmacyDesk) -> bool | str:
    """For Alt+P."""
    model = desk.model
    if not model.batch.allowed:
        return NOT_ALLOWED
    if model.batch.left:
        return BEING_SENT
    return True if model.mode is Mode.REVIEW and model.batch.clean(model.to_review) else NONE_CLEAN


def ask(desk: PharmacyDesk) -> None:
    """Alt+P: say who is passed before anything is."""
    entries = desk.model.batch.clean(desk.model.to_review)
    names = tr("list separator|, ").join(entry.patient_name for entry in entries[:4]) + ("…" if len(entries) > 4 else "")
    question = tr("Pass {n} clean prescriptions ({names}) with your signature?", n=len(entries), names=names)
    desk.ask(question, [(tr("Sign and pass {n}", n=len(entries)), lambda: begin(desk, entries))], danger=False)


def begin(desk: PharmacyDesk, entries: Sequence[PharmacyEntry]) -> None:
    """One after the other; what is refused stays on the list and stops nothing."""
    batch = desk.model.batch
    if batch.left:
        return
    batch.left, batch.passed, batch.refused = list(entries), 0, []
    _next(desk, new_request_id())


def _next(desk: PharmacyDesk, signature: str) -> None:
    batch = desk.model.batch
    if not batch.left:
        _ended(desk)
        return
    entry = batch.left[0]
    desk.send(
        PassClean(prescription_id=entry.prescription_id, batch=signature),
        lambda _facts: _went(desk, signature, entry, None),
        lambda error: _went(desk, signature, entry, error),
        request_id=new_request_id(),
    )


def _went(desk: PharmacyDesk, signature: str, entry: PharmacyEntry, error: XinglinError | None) -> None:
    batch, model = desk.model.batch, desk.model
    batch.left = batch.left[1:]
    if error is None:
        batch.passed += 1
        model.without(entry.prescription_id)
        if model.review is not None and model.review.facts.id == entry.prescription_id:
            model.review = None
    else:
        batch.refused.append(f"{entry.patient_name}: {error.sentence()}")
    _next(desk, signature)


def _ended(desk: PharmacyDesk) -> None:
    from client.pharmacy import actions

    batch = desk.model.batch
    said = tr("Passed together: {n}.", n=batch.passed)
    if batch.refused:
        desk.tell(said + " " + tr("Not passed: {refused}", refused="; ".join(batch.refused)), "warning")
    else:
        desk.tell(said)
    desk.show_lists()
    actions.load(desk)
