"""Settling with the insurance: the certificate that is shown at the desk, and asking for the quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.cashier import actions, paying
from client.insured import E_CERTIFICATE, ID_NUMBER, Insured
from common.i18n import tr

if TYPE_CHECKING:
    from client.cashier.view.desk import CashierDesk
    from common.messages.patients import PatientSummary


def start(desk: CashierDesk) -> None:
    """F8: ask at once if the certificate was read here; else show what is known of it."""
    insured = desk.model.insured
    if insured.shown and not insured.why_not():
        ask(desk)
    else:
        desk.show_insured()


def ask(desk: CashierDesk) -> None:
    """Ask the insurance what it pays."""
    insured = desk.model.insured
    why = desk.model.why_not_insured() or insured.why_not()
    if why:
        desk.insured_form.say(why) if desk.insured_form.isVisible() else desk.tell(why, "warning")
        return
    desk.right.setCurrentWidget(desk.areas[desk.till])
    paying.send(desk, desk.model.insured_request())


def know(desk: CashierDesk, patient: PatientSummary) -> None:
    """The patient's file is here: was the card that was laid on the reader his?"""
    insured = desk.model.insured
    if not insured.certificate_number and not insured.shown:
        desk.model.insured = insured = Insured.of(patient)
    if desk.card_number and desk.card_number == patient.file.document_number:
        insured.read(ID_NUMBER, desk.card_number)


def carded(desk: CashierDesk, number: str) -> None:
    """An ID card was laid on the reader: it names the patient, and serves as his certificate."""
    desk.card_number = number
    patient = desk.model.patient
    if patient is not None and patient.file.document_number == number:
        _show_read(desk, ID_NUMBER, number)
        return
    actions.find_number(desk, number)


def scanned_token(desk: CashierDesk, code: str) -> bool:
    """An e-certificate: the insurance is asked at once. ``False``: nobody is in hand whom it could be."""
    if desk.model.why_not_insured():
        return False
    _show_read(desk, E_CERTIFICATE, code)
    if desk.insured_form.isVisible() or not desk.model.insured.why_not():
        ask(desk)
    return True


def _show_read(desk: CashierDesk, kind: str, number: str) -> None:
    desk.model.insured.read(kind, number)
    if desk.insured_form.isVisible():
        desk.insured_form.start()
    elif kind == ID_NUMBER:
        desk.tell(tr("insured|The ID card was read. F8 asks the insurance."), "info")


def switch_account(desk: CashierDesk) -> None:
    """F11: with the personal account, or without it. After a quote the insurance is asked anew."""
    insured = desk.model.insured
    insured.use_account = not insured.use_account
    if desk.insured_form.isVisible():
        desk.insured_form.start()
    words = tr("insured|With the personal account.") if insured.use_account else tr("insured|Without the personal account.")
    desk.tell(words, "info")
    if desk.model.quoted is not None:
        desk.asks_again = True
        paying.cancel(desk)
