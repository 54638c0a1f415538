"""配药单: the pick list on paper, of the prescription that is open, or of all that wait at this window, each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from client.action import Action
from client.pharmacy import actions, papers
from client.pharmacy.model import BEING_SENT, NOTHING_TO_DISPENSE, Mode
from client.printing import slip_role
from common.i18n import N_, tr
from common.messages.pharmacy import PickPrescription
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.pharmacy import PharmacyEntry, PickList

LISTED_KEY = "pharmacy:listed"
#: Of so many prescriptions it is known how often their list was printed here.
_REMEMBERED = 300
#: So many are printed at once; nobody carries more in a basket.
_MOST = 20

NOBODY_WAITS = N_("Nobody waits here whose drugs are not being picked already.")


class Printed(msgspec.Struct):
    """How often the list of a prescription came out of this desk's printer, by prescription, the last one last."""

    counts: dict[int, int] = {}

    def next_copy(self, prescription_id: int) -> int:
        """1 for the first, 2 for the first reprint; it counts as printed from now on."""
        copy = self.counts.pop(prescription_id, 0) + 1
        self.counts[prescription_id] = copy
        for oldest in list(self.counts)[:-_REMEMBERED]:
            del self.counts[oldest]
        return copy


def rows(desk: PharmacyDesk) -> list[Action]:
    """The actions, as data: they are in the palette (Ctrl+K) and on their keys."""
    needs = Permission.PHARMACY_DISPENSE
    return [
        Action(
            id="pick_list",
            title=N_("pharmacy|Pick list"),
            key="Ctrl+P",
            run=lambda: print_open(desk),
            needs=needs,
            enabled=lambda _model: may_print(desk),
        ),
        Action(
            id="pick_lists",
            title=N_("pharmacy|Pick lists of all that wait here"),
            key="Ctrl+Shift+P",
            run=lambda: ask(desk),
            needs=needs,
            enabled=lambda _model: may_print_all(desk),
            bar=False,
        ),
    ]


# --- one -----------------------------------------------------------------------------------------------------------------------------


def may_print(desk: PharmacyDesk) -> bool | str:
    """For Ctrl+P."""
    model = desk.model
    if model.returns.shown or model.mode is not Mode.DISPENSE or model.picking is None:
        return NOTHING_TO_DISPENSE
    return BEING_SENT if model.picking.handing else True


def print_open(desk: PharmacyDesk) -> None:
    """Ctrl+P: the list of the open prescription as it lies aside now."""
    picking = desk.model.picking
    if picking is None:
        return
    copy = _print(desk, picking.picked)
    words = (
        N_("The pick list of {number}, {patient}, is printed.")
        if copy == 1
        else N_("The pick list of {number}, {patient}, is printed again.")
    )
    desk.tell(tr(words, number=picking.facts.number, patient=picking.facts.patient_name), "info")


def _print(desk: PharmacyDesk, picked: PickList) -> int:
    """Print a list; which copy it is."""
    place = desk.place
    printed = place.journal.draft(LISTED_KEY, Printed) or Printed()
    copy = printed.next_copy(picked.prescription.id)
    place.journal.keep(LISTED_KEY, printed)
    slip = papers.pick_list(picked, printed_at=place.now(), by=place.session.staff.name, copy=copy)
    place.paper.print(slip, slip_role(place.devices), new_request_id())
    return copy


# --- all that wait -------------------------------------------------------------------------------------------------------------------


def may_print_all(desk: PharmacyDesk) -> bool | str:
    """For Ctrl+Shift+P."""
    model = desk.model
    if model.returns.shown:
        return NOTHING_TO_DISPENSE
    if model.lists_to_print.left:
        return BEING_SENT
    return True if model.unpicked() else NOBODY_WAITS


def ask(desk: PharmacyDesk) -> None:
    """Ctrl+Shift+P: say whose drugs are laid aside before any are."""
    entries = desk.model.unpicked()[:_MOST]
    names = tr("list separator|, ").join(entry.patient_name for entry in entries[:4]) + ("…" if len(entries) > 4 else "")
    question = tr("Lay the drugs of {n} prescriptions aside ({names}) and print their pick lists?", n=len(entries), names=names)
    desk.ask(question, [(tr("Print {n} pick lists", n=len(entries)), lambda: begin(desk, entries))], danger=False)


def begin(desk: PharmacyDesk, entries: Sequence[PharmacyEntry]) -> None:
    """One after the other, the longest waiting first; what cannot be picked stops nothing."""
    waiting = desk.model.lists_to_print
    if waiting.left:
        return
    waiting.left, waiting.printed, waiting.refused = list(entries), 0, []
    _next(desk)


def _next(desk: PharmacyDesk) -> None:
    left = desk.model.lists_to_print.left
    if not left:
        _ended(desk)
        return
    desk.ops.describe(N_("pharmacy|Pick"))
    desk.send(
        PickPrescription(prescription_id=left[0].prescription_id),
        lambda picked: _laid_aside(desk, picked),
        lambda error: _not_laid_aside(desk, left[0], error),
        request_id=new_request_id(),
    )


def _laid_aside(desk: PharmacyDesk, picked: PickList) -> None:
    waiting = desk.model.lists_to_print
    waiting.left = waiting.left[1:]
    if picked.prescription.picker in ("", desk.place.session.staff.name):
        waiting.printed += 1
        _print(desk, picked)
    else:  # another desk was quicker, and prints it there
        waiting.refused.append(
            tr("{patient}: {picker} picks it", patient=picked.prescription.patient_name, picker=picked.prescription.picker)
        )
    _next(desk)


def _not_laid_aside(desk: PharmacyDesk, entry: PharmacyEntry, error: XinglinError) -> None:
    waiting = desk.model.lists_to_print
    waiting.left = waiting.left[1:]
    waiting.refused.append(f"{entry.patient_name}: {error.sentence()}")
    _next(desk)


def _ended(desk: PharmacyDesk) -> None:
    waiting = desk.model.lists_to_print
    said = tr("Pick lists printed: {n}. Scan the code on a list to hand its drugs over.", n=waiting.printed)
    if waiting.refused:
        desk.tell(said + " " + tr("Not printed: {refused}", refused="; ".join(waiting.refused)), "warning")
    else:
        desk.tell(said)
    desk.show_lists()
    actions.load(desk)
