"""What the clerk does: card or typing, the file, the session, the fee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from client.counter.cards import card_of
from common.domain.age import full_years
from common.messages.patients import AllergyState, DocumentKind
from installer.demo.station import Stuck

if TYPE_CHECKING:
    from datetime import date

    from PySide6.QtWidgets import QWidget

    from common.messages.patients import PatientFile
    from common.messages.registration import VisitRegistered
    from installer.demo.station import Station


def open_file(station: Station, file: PatientFile, today: date) -> None:
    """The form of a new file: from the card where there is one, else by F3."""
    station.front()
    if not lay_card(station, file, today):
        station.press("F3")
    station.until(lambda: station.desk.identity.writing, "the form open")


def lay_card(station: Station, file: PatientFile, today: date) -> bool:
    """Lay the patient's card on the reader, if he has one that a reader knows and his name fits on it."""
    readable = file.document_kind is DocumentKind.ID_CARD or (
        file.document_kind is DocumentKind.FOREIGN_RESIDENCE and len(file.document_number) == 18
    )
    if not readable:
        return False
    try:
        station.card(card_of(file.document_number, file.name, today=today))
    except ValueError:  # a name that is longer than a card's field
        return False
    return True


def fill_in(station: Station, file: PatientFile) -> None:
    """What the form still wants, field by field with the keyboard."""
    form = station.desk.identity.form
    if not form.document_number.text():
        choose(station, form.document_kind, str(file.document_kind))
        enter(station, form.document_number, file.document_number)
    if form.name.text() != file.name:
        enter(station, form.name, file.name)
    if form.sex.code() != file.sex:
        go_to(station, form.sex)
        station.type(file.sex)
    if form.birth_date.date() != file.birth_date:
        enter(station, form.birth_date, file.birth_date.isoformat())
    enter(station, form.phone, file.phone)
    if form.guardian_name.isVisible():
        enter(station, form.guardian_name, file.guardian_name or "家长")
    _fill_in_allergies(station, form, file)


def _fill_in_allergies(station: Station, form: Any, file: PatientFile) -> None:
    choose(station, form.allergy_state, str(file.allergy_state))
    if file.allergy_state is not AllergyState.KNOWN:
        return
    for allergy in file.allergies:
        before = len(form.allergies.allergies())
        go_to(station, form.allergies)
        station.type(allergy.text)
        station.until(form.allergies.popup_open, "substances offered")
        station.press("Return")
        _wait_for_substance(station, form, before)


def _wait_for_substance(station: Station, form: Any, before: int) -> None:
    station.until(lambda: len(form.allergies.allergies()) > before, "the substance taken")


def go_to(station: Station, field: QWidget) -> None:
    """Tab, forwards or backwards, until the field has the focus. Raises :class:`Stuck` if it cannot be reached by the keyboard."""
    for key in (_nearer(station.window.focusWidget(), field), "Tab", "Shift+Tab"):
        for _ in range(40):
            if _has_focus(station.window.focusWidget(), field):
                return
            station.press(key)
    raise Stuck(f"{station.desk_id}: a field cannot be reached by the keyboard")


def _has_focus(focused: QWidget | None, field: QWidget) -> bool:
    return focused is not None and (focused is field or field.isAncestorOf(focused) or field.focusProxy() is focused)


def _nearer(start: QWidget | None, field: QWidget) -> str:
    """The shorter way round, as a person sees it."""
    steps = {"Tab": 0, "Shift+Tab": 0}
    for key in steps:
        widget = start
        while widget is not None and not _has_focus(widget, field) and steps[key] < 500:
            widget = widget.nextInFocusChain() if key == "Tab" else widget.previousInFocusChain()
            steps[key] += 1
    return min(steps, key=lambda key: steps[key])


def enter(station: Station, field: Any, text: str) -> None:
    """Type into a field, in place of what stands there."""
    if not text or field.text() == text:
        return
    go_to(station, field)
    if field.text():
        station.press("Ctrl+A")
    station.type(text)


def choose(station: Station, choice: Any, code: str) -> None:
    """Choose from a short list with the arrows."""
    if choice.code() == code:
        return
    go_to(station, choice)
    station.press("Home")
    for _ in range(choice.count()):
        if choice.code() == code:
            return
        station.press("Down")
    raise Stuck(f"{station.desk_id}: {code} cannot be chosen")


def take_number(station: Station, doctor: str) -> VisitRegistered:
    """Narrow the sessions to the doctor and register; the fee is paid in exact cash."""
    desk = station.desk
    station.press("Alt+3")
    station.type(doctor)
    station.until(lambda: desk.model.session is not None and not desk.model.why_not_register(), f"a session of {doctor}")
    station.press("F12")
    station.until(lambda: desk.model.done is not None or desk.model.trouble, "registered")
    if desk.model.done is None:
        raise Stuck(desk.model.trouble)
    done: VisitRegistered = desk.model.done
    return done


def age_group(file: PatientFile, today: date) -> str:
    """Which doctor sees the patient, by the initials that the clerk types: the children's doctor under 14."""
    return "bh" if full_years(file.birth_date, today) < 14 else "fz"
