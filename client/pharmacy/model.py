"""What the pharmacy's desk knows: two worklists, the prescription that is open in each, and what was handed over last. No Qt."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from client.initials import matches
from client.pharmacy.clean import Batch
from client.pharmacy.herbal import Herbal
from client.pharmacy.picking import Picking
from client.pharmacy.returning import Returns
from client.pharmacy.review import Review
from client.pharmacy.windows import Windows
from common.i18n import N_, tr
from common.messages.pharmacy import PharmacyEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.catalogue import DrugFacts

HANDED_KEY: Final = "pharmacy:handed"
#: So many hand-overs are remembered, to print their labels again.
REMEMBERED: Final = 20
#: A second press of F12 within this time is the same press to a person.
TWICE_SECONDS: Final = 0.35

NOTHING_TO_REVIEW: Final = N_("Choose a prescription to review (Alt+1).")
NOTHING_TO_DISPENSE: Final = N_("Choose a paid prescription (Alt+2, then Enter), or scan its barcode.")
BEING_SENT: Final = N_("It is on its way to the service.")
NO_REASON: Final = N_("Choose a reason with its digit; “other” needs a note.")


class Mode(StrEnum):
    """Which of the two worklists the desk works on."""

    REVIEW = "review"
    DISPENSE = "dispense"


class Handed(msgspec.Struct, frozen=True):
    """A prescription that was handed over at this desk."""

    prescription_id: int
    number: str
    patient_name: str


class HandedList(msgspec.Struct):
    """The last ones, newest first."""

    entries: list[Handed] = []


class Waiting:
    """The prescriptions whose pick lists are still to be printed, and what became of the others."""

    def __init__(self) -> None:
        self.left: Sequence[PharmacyEntry] = ()
        self.printed = 0
        self.refused: list[str] = []


class PharmacyModel:
    """Plain state; the actions change it and the view shows it."""

    def __init__(self) -> None:
        self.mode = Mode.DISPENSE
        self.mode_chosen = False
        self.to_review: Sequence[PharmacyEntry] = ()
        self.to_dispense: Sequence[PharmacyEntry] = ()
        self.loaded: set[Mode] = set()
        self.review: Review | None = None
        self.picking: Picking | None = None
        self.reading = 0
        self.opening = 0
        self.choosing_no_code = False
        self.put_away = False
        self.passed_over: set[int] = set()
        self.problem = ""
        self.drugs: dict[int, DrugFacts] = {}
        self.handed = HandedList()
        self.sought = ""
        self.finished_at = float("-inf")
        self.returns = Returns()
        self.herbal = Herbal()
        self.windows = Windows()
        self.batch = Batch()
        self.lists_to_print = Waiting()

    # --- the worklists ---------------------------------------------------------------------------------------------------------------

    def entries(self, mode: Mode) -> Sequence[PharmacyEntry]:
        """One worklist, longest waiting first."""
        return self.to_review if mode is Mode.REVIEW else self.to_dispense

    def shown(self, mode: Mode) -> list[PharmacyEntry]:
        """The worklist as it is narrowed by what is sought: name, initials, or part of the number."""
        wanted = self.sought.strip()
        entries = self.entries(mode) if mode is Mode.REVIEW or wanted else self.windows.arranged(self.entries(mode))
        return [entry for entry in entries if not wanted or wanted in entry.number or matches(wanted, entry.patient_name)]

    def without(self, prescription_id: int) -> None:
        """A prescription that was decided on is off the lists at once; the service's lists follow."""
        self.to_review = [entry for entry in self.to_review if entry.prescription_id != prescription_id]
        self.to_dispense = [entry for entry in self.to_dispense if entry.prescription_id != prescription_id]

    def next_paid(self) -> int | None:
        """The paid prescription that waits longest and that nobody has begun to pick."""
        mine = (entry for entry in self.to_dispense if self.windows.mine(entry))
        fresh = (entry for entry in mine if entry.state == "PAID" and entry.prescription_id not in self.passed_over)
        return next((entry.prescription_id for entry in fresh), None)

    def unpicked(self) -> list[PharmacyEntry]:
        """What waits paid at this window, the longest waiting first, and nobody has begun to pick; the list may not have heard yet that this
        desk has."""
        begun = self.picking.facts.id if self.picking is not None else 0
        return [
            entry for entry in self.to_dispense if self.windows.mine(entry) and entry.state == "PAID" and entry.prescription_id != begun
        ]

    def find(self, *, number: str = "", patient_id: int = 0) -> PharmacyEntry | None:
        """The entry of a prescription's number or of a patient; paid ones first."""
        for entry in (*self.to_dispense, *self.to_review):
            if (number and entry.number == number) or (patient_id and entry.patient_id == patient_id):
                return entry
        return None

    def idle(self) -> bool:
        """Whether nothing is open and nothing is being opened in the present mode."""
        if self.mode is Mode.REVIEW:
            return self.review is None and not self.reading
        return self.picking is None and not self.opening

    # --- what can be done now --------------------------------------------------------------------------------------------------------

    def may_finish(self) -> bool | str:
        """For F12: approve, send back, hand over, or take back."""
        if self.returns.shown:
            return self.returns.may_finish()
        if self.mode is Mode.REVIEW:
            return True if self.just_finished() else self._may_decide()
        if self.picking is None:
            return True if self.just_finished() else NOTHING_TO_DISPENSE
        if self.picking.handing:
            return BEING_SENT
        return True if self.picking.checking else self.picking.hindrance() or True

    def just_finished(self) -> bool:
        """Whether F12 was carried out a moment ago. Pressed twice, it must neither decide on the next one unseen nor cover the result."""
        return time.monotonic() - self.finished_at < TWICE_SECONDS

    def _may_decide(self) -> bool | str:
        if self.review is None:
            return NOTHING_TO_REVIEW
        if self.review.deciding:
            return BEING_SENT
        return NO_REASON if self.review.sending_back and not self.review.may_send_back() else True

    def may_send_back(self) -> bool | str:
        """For F7."""
        if self.returns.shown or self.mode is not Mode.REVIEW or self.review is None:
            return NOTHING_TO_REVIEW
        return BEING_SENT if self.review.deciding else True

    def may_explain(self) -> bool | str:
        """For F6: no code on the pack, or into quarantine."""
        if self.returns.shown:
            return self.returns.may_keep_back()
        if self.mode is not Mode.DISPENSE or self.picking is None:
            return NOTHING_TO_DISPENSE
        return BEING_SENT if self.picking.handing else True

    def may_undo(self) -> bool | str:
        """For Ctrl+Z."""
        if self.returns.shown:
            return self.returns.may_take_back_scan()
        if self.mode is not Mode.DISPENSE or self.picking is None or not self.picking.touched():
            return N_("Nothing was scanned yet.")
        return BEING_SENT if self.picking.handing else True

    def may_reprint(self) -> bool | str:
        """For F9."""
        if self.returns.shown:
            return self.returns.may_reprint()
        return True if self.handed.entries else N_("Nothing was handed over at this desk yet.")

    # --- what was done ---------------------------------------------------------------------------------------------------------------

    def remember(self, handed: Handed) -> None:
        """Keep what was handed over last."""
        others = [each for each in self.handed.entries if each.prescription_id != handed.prescription_id]
        self.handed = HandedList([handed, *others][:REMEMBERED])

    def finish_words(self) -> str:
        """What F12 does now."""
        if self.returns.shown:
            work = self.returns.work
            return tr("pharmacy|Undo hand-over") if work is not None and work.undoing else tr("pharmacy|Take back")
        if self.mode is Mode.DISPENSE:
            return tr("pharmacy|Hand over")
        return tr("pharmacy|Send back") if self.review is not None and self.review.sending_back else tr("pharmacy|Approve")

    def explain_words(self) -> str:
        """What F6 does now."""
        return tr("pharmacy|Quarantine") if self.returns.shown else tr("pharmacy|No code")

    def reprint_words(self) -> str:
        """What F9 prints again."""
        return tr("Print the return slip again") if self.returns.shown else tr("Print the labels again")

    def returns_words(self) -> str:
        """Where F8 leads."""
        return tr("pharmacy|Back to the lists") if self.returns.shown else tr("pharmacy|Returns")
